/**
 * The growing columns behind a History: a field is declared once, with what a new row holds in it.
 */
import { IntegerColumn, NumberColumn } from '../column.js'
import { ABSENT, INFO, NEVER, NOTHING } from '../history.js'

const integerDefaults = {
  kind: 0,
  outcome: INFO,
  process: 0,
  session: 0,
  key: 0,
  node: -1,
  value: NOTHING,
  swap: NOTHING,
  start: 0,
  end: NEVER,
  completion: -1,
  siblingStart: 0,
  siblingCount: 0,
  vectorStart: 0,
  vectorCount: ABSENT,
  contextStart: 0,
  contextCount: ABSENT,
  dotActor: -1,
  dotCounter: -1,
  code: -1,
  need: -1,
  got: -1,
} as const

const numberDefaults = { startNanos: 0, endNanos: Infinity } as const

type IntegerField = keyof typeof integerDefaults
type NumberField = keyof typeof numberDefaults

export class OperationTable {
  readonly integer: Readonly<Record<IntegerField, IntegerColumn>>
  readonly number: Readonly<Record<NumberField, NumberColumn>>
  readonly names: (string | null)[] = []

  private readonly integers: readonly IntegerColumn[]
  private readonly integerValues: readonly number[] = Object.values(integerDefaults)
  private readonly numbers: readonly NumberColumn[]
  private readonly numberValues: readonly number[] = Object.values(numberDefaults)

  constructor() {
    this.integer = columns(integerDefaults, () => new IntegerColumn(1024))
    this.number = columns(numberDefaults, () => new NumberColumn(1024))
    this.integers = Object.values(this.integer)
    this.numbers = Object.values(this.number)
  }

  get size(): number {
    return this.names.length
  }

  /** A new row that holds the defaults; returns its number. */
  append(name: string | null): number {
    for (let at = 0; at < this.integers.length; at++) {
      this.integers[at]?.push(this.integerValues[at] as number)
    }
    for (let at = 0; at < this.numbers.length; at++) {
      this.numbers[at]?.push(this.numberValues[at] as number)
    }
    return this.names.push(name) - 1
  }

  finish(): { readonly [F in IntegerField]: Int32Array } & {
    readonly [F in NumberField]: Float64Array
  } {
    const integers = Object.entries(this.integer).map(([field, column]) => [field, column.finish()])
    const numbers = Object.entries(this.number).map(([field, column]) => [field, column.finish()])
    return Object.fromEntries([...integers, ...numbers]) as ReturnType<OperationTable['finish']>
  }
}

const columns = <Field extends string, Column>(
  defaults: Readonly<Record<Field, number>>,
  make: () => Column,
): Readonly<Record<Field, Column>> =>
  Object.fromEntries(Object.keys(defaults).map((field) => [field, make()])) as Record<Field, Column>
