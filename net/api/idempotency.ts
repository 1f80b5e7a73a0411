/**
 * Writes with an `Idempotency-Key`, as far as one life of this node remembers them. Each has an
 * operation id of its own, by which the nodes know it; the key is known here alone.
 *
 * What has ended is kept as a line of text: an object for each, of several parts, took three times
 * as much memory, and the collector walked through all of them.
 */
import type { OutcomeCode } from '../../core/index.js'
import type { PutAnswer } from './reply.js'

/** Told of the operation that the first copy became, and how it ended. */
type Done = (opId: string, answer: PutAnswer) => void

interface UnderWay {
  readonly print: string
  readonly opId: string
  /** Null while nobody has asked twice, which is nearly always. */
  waiting: Done[] | null
}

export type Recall = 'new' | 'waits' | 'other_request'

export interface IdempotencyLimits {
  readonly writes: number
  readonly bytes: number
}

/** Of a line's place in the map, and of the heads of its two texts. */
const placeBytes = 96

export class Idempotency {
  readonly #underWay = new Map<string, UnderWay>()
  /** The oldest first. */
  readonly #ended = new Map<string, string>()
  readonly #limits: IdempotencyLimits
  #bytes = 0

  constructor(limits: IdempotencyLimits) {
    this.#limits = limits
  }

  /** What is remembered of writes that have ended takes about so much. */
  get bytes(): number {
    return this.#bytes
  }

  /**
   * `new`: begin it under that operation id, and call `end`. `waits`: `done` is or will be called
   * with the answer of the first. `other_request`: the same key came with something else in it.
   * `print`: of all that the request asks for.
   */
  recall(key: string, print: string, opId: string, done: Done): Recall {
    const line = this.#ended.get(key)
    if (line !== undefined) {
      const ended = read(line)
      if (ended.print !== print) return 'other_request'
      done(ended.opId, ended.answer)
      return 'waits'
    }
    const underWay = this.#underWay.get(key)
    if (underWay === undefined) {
      this.#underWay.set(key, { print, opId, waiting: null })
      return 'new'
    }
    if (underWay.print !== print) return 'other_request'
    ;(underWay.waiting ??= []).push(done)
    return 'waits'
  }

  /** What was refused has not happened: the next one with this key begins anew. */
  end(key: string, answer: PutAnswer): void {
    const underWay = this.#underWay.get(key)
    if (underWay === undefined) return
    this.#underWay.delete(key)
    if (answer.kind !== 'rejected') this.#remember(key, written(underWay, answer))
    const { opId, waiting } = underWay
    for (const done of waiting ?? []) done(opId, answer)
  }

  #remember(key: string, line: string): void {
    this.#ended.set(key, line)
    this.#bytes += sizeOf(key, line)
    const { writes, bytes } = this.#limits
    if (this.#ended.size > writes || this.#bytes > bytes) this.#forgetOldest()
  }

  /** An eighth at once, or every new key would walk over what was deleted before. */
  #forgetOldest(): void {
    const { writes, bytes } = this.#limits
    const [keptWrites, keptBytes] = [writes - (writes >> 3), bytes - (bytes >> 3)]
    for (const [key, line] of this.#ended) {
      if (this.#ended.size <= keptWrites && this.#bytes <= keptBytes) return
      this.#ended.delete(key)
      this.#bytes -= sizeOf(key, line)
    }
  }
}

const sizeOf = (key: string, line: string): number => key.length + line.length + placeBytes

/** Its parts hold no space. */
function written({ print, opId }: UnderWay, answer: PutAnswer): string {
  const { kind, dot } = answer
  const ending =
    kind === 'ok'
      ? answer.token
      : `${answer.code} ${String(answer.need)} ${String(answer.got)} ${kind}`
  const line = `${print} ${opId} ${dot ?? '-'} ${ending}`
  // Looked into, a text is put together from its pieces, and lets go of them.
  line.charCodeAt(0)
  return line
}

function read(line: string): { print: string; opId: string; answer: PutAnswer } {
  const [print = '', opId = '', dot = '', token = '', need, got] = line.split(' ')
  const isOk = need === undefined
  if (isOk) return { print, opId, answer: { kind: 'ok', dot, token } }
  const counts = { need: Number(need), got: Number(got), dot: dot === '-' ? null : dot }
  return { print, opId, answer: { kind: 'unknown', code: token as OutcomeCode, ...counts } }
}
