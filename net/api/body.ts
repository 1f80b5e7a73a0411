/** The body of a request, whole, within its limit and within what all bodies together may hold. */
import type { IncomingMessage } from 'node:http'
import { ApiProblem } from './problem.js'

/** What all requests hold of bodies now. */
export class BodyBudget {
  readonly #limitBytes: number
  heldBytes = 0

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes
  }

  take(bytes: number): boolean {
    if (this.heldBytes + bytes > this.#limitBytes) return false
    this.heldBytes += bytes
    return true
  }

  give(bytes: number): void {
    this.heldBytes -= bytes
  }
}

export type BodyResult = Buffer | ApiProblem

const closing = { connection: 'close' }
const noBytes = Buffer.alloc(0)

/** True where the request says that it brings a body. */
export const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0'

/** Refused before a byte of it is read; null: let it come. */
export function refusedBody(request: IncomingMessage, limitBytes: number): ApiProblem | null {
  const length = Number(request.headers['content-length'] ?? '0')
  return length > limitBytes ? tooLarge(limitBytes) : null
}

/**
 * `done` is called once, unless the client goes away before its body is whole: then there is nobody
 * to answer.
 */
export function readBody(
  request: IncomingMessage,
  limitBytes: number,
  budget: BodyBudget,
  done: (result: BodyResult) => void,
): void {
  const refused = refusedBody(request, limitBytes)
  if (refused !== null) {
    done(refused)
    return
  }
  new BodyReader(request, limitBytes, budget, done).start()
}

class BodyReader {
  readonly #request: IncomingMessage
  readonly #limitBytes: number
  readonly #budget: BodyBudget
  readonly #done: (result: BodyResult) => void
  #first: Buffer | null = null
  #rest: Buffer[] | null = null
  #bytes = 0
  #ended = false

  constructor(
    request: IncomingMessage,
    limitBytes: number,
    budget: BodyBudget,
    done: (result: BodyResult) => void,
  ) {
    this.#request = request
    this.#limitBytes = limitBytes
    this.#budget = budget
    this.#done = done
  }

  start(): void {
    this.#request.on('data', (chunk: Buffer) => {
      this.#take(chunk)
    })
    this.#request.on('end', () => {
      this.#end(this.#whole())
    })
    this.#request.on('close', () => {
      this.#release()
    })
  }

  #take(chunk: Buffer): void {
    if (this.#ended) return
    if (this.#bytes + chunk.length > this.#limitBytes) {
      this.#end(tooLarge(this.#limitBytes))
      return
    }
    if (!this.#budget.take(chunk.length)) {
      const headers = { ...closing, 'retry-after': '1' }
      this.#end(new ApiProblem('overloaded', 'too many bodies are being received', headers))
      return
    }
    this.#bytes += chunk.length
    if (this.#first === null) this.#first = chunk
    else (this.#rest ??= [this.#first]).push(chunk)
  }

  #whole(): Buffer {
    if (this.#rest !== null) return Buffer.concat(this.#rest, this.#bytes)
    return this.#first ?? noBytes
  }

  #end(result: BodyResult): void {
    if (this.#ended) return
    this.#release()
    this.#done(result)
  }

  #release(): void {
    if (this.#ended) return
    this.#ended = true
    this.#budget.give(this.#bytes)
    this.#first = null
    this.#rest = null
  }
}

const tooLarge = (limitBytes: number): ApiProblem =>
  new ApiProblem('too_large', `more than ${String(limitBytes)} bytes`, closing)
