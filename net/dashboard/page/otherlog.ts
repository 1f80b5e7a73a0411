/// <reference lib="dom" />
/** The log of a node that does not serve the page: asked for once a second, while it is shown. */
import { useEffect, useState } from 'preact/hooks'
import type { z } from 'zod'
import type * as schema from '../../api/schema.js'
import { call, jsonOf, messageOf } from './call.js'
import type { LogLine } from './watch.js'

type Page = z.output<typeof schema.log>

export interface OtherLog {
  readonly lines: readonly LogLine[]
  /** Why there are no newer lines; null: these are the newest. */
  readonly problem: string | null
  /** The supervisor reads the file, so the node need not run. */
  readonly isFile: boolean
}

const nothing: OtherLog = { lines: [], problem: null, isFile: false }
const everyMillis = 1_000
const mostLines = 500
const pageLines = 500

/** Null: no other node is chosen. */
export function useOtherLog(node: string | null, isUp: boolean): OtherLog {
  const [log, setLog] = useState<OtherLog>(nothing)
  useEffect(() => {
    setLog(nothing)
  }, [node])
  useEffect(() => {
    if (node === null || !isUp) return
    let isOver = false
    let timer: ReturnType<typeof setTimeout> | null = null
    const reader = new Reader(node)
    const read = async (): Promise<void> => {
      const found = document.hidden ? null : await reader.read()
      if (isOver) return
      if (found !== null) setLog((before) => merged(before, found))
      timer = setTimeout(() => void read(), reader.isBehind ? 0 : everyMillis)
    }
    void read()
    return () => {
      isOver = true
      if (timer !== null) clearTimeout(timer)
    }
  }, [node, isUp])
  return log
}

type Found = { readonly page: Page; readonly isAnew: boolean } | { readonly problem: string }

class Reader {
  readonly #node: string
  #source = ''
  #after = 0
  #isBehind = false

  constructor(node: string) {
    this.#node = node
  }

  /** There are more lines than one page holds. */
  get isBehind(): boolean {
    return this.#isBehind
  }

  async read(): Promise<Found> {
    const query = { node: this.#node, after: String(this.#after), limit: String(pageLines) }
    const answer = await call(`/log?${new URLSearchParams(query).toString()}`)
    this.#isBehind = false
    if (answer.kind === 'down' || answer.status !== 200) return { problem: messageOf(answer) }
    const page = jsonOf(answer) as Page
    const isAnew = page.source !== this.#source
    if (isAnew && this.#after > 0) {
      // Another life numbers its lines from 1: the ones asked for were those behind the old ones.
      this.#after = 0
      this.#source = page.source
      return this.read()
    }
    this.#source = page.source
    this.#after = page.lines.at(-1)?.number ?? this.#after
    this.#isBehind = page.lines.length === pageLines && page.source !== 'file'
    return { page, isAnew }
  }
}

function merged(before: OtherLog, found: Found): OtherLog {
  if ('problem' in found) return { ...before, problem: found.problem }
  const { page, isAnew } = found
  const old = isAnew ? [] : before.lines
  const lines = page.lines.length === 0 ? old : [...old, ...page.lines].slice(-mostLines)
  return { lines, problem: null, isFile: page.source === 'file' }
}
