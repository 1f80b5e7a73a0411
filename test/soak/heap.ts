/**
 * What lives in the heap of another process of Node.js, told by its inspector after a whole
 * collection. The process was started with `--expose-gc --inspect=127.0.0.1:0`, and has said where
 * it listens.
 */
import { readFileSync } from 'node:fs'
import { WebSocket } from 'undici'

const answerMillis = 10_000

export const heapFlags = ['--expose-gc', '--inspect=127.0.0.1:0'] as const

/** Null: the log does not say where, or nobody answers there. */
export async function liveHeapBytes(logFile: string): Promise<number | null> {
  const [, url] = /Debugger listening on (ws:\S+)/.exec(readFileSync(logFile, 'utf8')) ?? []
  if (url === undefined) return null
  const socket = new WebSocket(url)
  try {
    await within(
      new Promise((done, fail) => {
        socket.onopen = done
        socket.onerror = () => fail(new Error('no inspector'))
      }),
    )
    await ask(socket, 1, 'Runtime.evaluate', { expression: 'gc()' })
    const { usedSize } = await ask(socket, 2, 'Runtime.getHeapUsage', {})
    return usedSize ?? null
  } catch {
    return null
  } finally {
    socket.close()
  }
}

interface Answer {
  readonly id: number
  readonly result: { readonly usedSize?: number }
}

function ask(
  socket: WebSocket,
  id: number,
  method: string,
  params: object,
): Promise<Answer['result']> {
  return within(
    new Promise((done, fail) => {
      socket.onmessage = ({ data }) => {
        const answer = JSON.parse(String(data)) as Answer
        if (answer.id === id) done(answer.result)
      }
      socket.onclose = () => fail(new Error('the inspector is gone'))
      socket.send(JSON.stringify({ id, method, params }))
    }),
  )
}

async function within<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, fail) => {
    timer = setTimeout(() => fail(new Error('no answer')), answerMillis)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
