/**
 * Several registers read and written in one step (Knossos' multi-register). States are whole tuples
 * met so far.
 */
import { NULL, TRANSACTION } from '../history.js'
import type { History, Value } from '../history.js'
import { ModelError, blank, refused } from './compile.js'
import type { Problem, Stepper } from './problem.js'

interface Access {
  readonly register: string
  readonly isWrite: boolean
  readonly value: unknown
}

export const compileMultiRegister = (
  history: History,
  operations: readonly number[],
  initial: Value,
): Problem => {
  const accesses = operations.map((operation) => parse(history, operation))
  return blank(history, operations, new TupleStepper(accesses, initial))
}

const parse = (history: History, operation: number): readonly Access[] => {
  if (history.kind[operation] !== TRANSACTION) {
    throw refused(history, operation, 'a multi-register')
  }
  const value = history.values[history.value[operation] ?? NULL]
  const list: unknown = typeof value === 'string' ? JSON.parse(value) : null
  const bad = (): ModelError => refused(history, operation, 'a multi-register')
  if (!Array.isArray(list)) throw bad()
  return list.map((each: unknown) => {
    if (!Array.isArray(each)) throw bad()
    const [f, register, content] = each as readonly unknown[]
    const isWrite = f === 'write' || f === 'w'
    if (!isWrite && f !== 'read' && f !== 'r') throw bad()
    return { register: String(register), isWrite, value: content ?? null }
  })
}

class TupleStepper implements Stepper {
  private readonly accesses: readonly (readonly Access[])[]
  /** Of registers that nobody has written. */
  private readonly initial: Value
  private readonly tuples: Readonly<Record<string, unknown>>[] = [{}]
  private readonly ids = new Map<string, number>([['{}', 0]])
  /** state * operations + operation -> state after. */
  private readonly known = new Map<number, number>()
  memory = 0

  constructor(accesses: readonly (readonly Access[])[], initial: Value) {
    this.accesses = accesses
    this.initial = initial
  }

  step(state: number, index: number): number {
    const name = state * this.accesses.length + index
    const known = this.known.get(name)
    if (known !== undefined) return known
    const after = this.apply(state, index)
    this.known.set(name, after)
    this.memory += 8
    return after
  }

  private apply(state: number, index: number): number {
    const tuple: Record<string, unknown> = { ...this.tuples[state] }
    for (const access of this.accesses[index] as readonly Access[]) {
      if (access.isWrite) tuple[access.register] = access.value
      else if ((tuple[access.register] ?? this.initial) !== access.value) return -1
    }
    const name = JSON.stringify(Object.entries(tuple).sort(([a], [b]) => (a < b ? -1 : 1)))
    const id = this.ids.get(name)
    if (id !== undefined) return id
    this.memory += 64 + name.length
    this.ids.set(name, this.tuples.length)
    return this.tuples.push(tuple) - 1
  }
}
