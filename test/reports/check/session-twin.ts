/** The session guarantees, word for word, by looking at every pair. */
import { ABSENT, OK, READ, isWrite } from '../../../reports/check/history.js'
import type { History } from '../../../reports/check/history.js'

type Vector = ReadonlyMap<number, number>

const vectorOf = (history: History, operation: number): Vector | null => {
  const count = history.vectorCount[operation] as number
  if (count === ABSENT) return null
  const from = history.vectorStart[operation] as number
  const entries = Array.from({ length: count }, (_, index): [number, number] => [
    history.vectorActor[from + index] as number,
    history.vectorCounter[from + index] as number,
  ])
  return new Map(entries)
}

const covers = (vector: Vector, actor: number, counter: number): boolean =>
  (vector.get(actor) ?? -1) >= counter

const descends = (vector: Vector, other: Vector): boolean =>
  [...other].every(([actor, counter]) => covers(vector, actor, counter))

/** Guarantee -> the reads that break it. One key. */
export const sessionViolations = (history: History): ReadonlyMap<string, ReadonlySet<number>> => {
  const all = Array.from({ length: history.size }, (_, index) => index)
  const isOk = (each: number): boolean => history.outcome[each] === OK
  const reads = all.filter(
    (each) => history.kind[each] === READ && isOk(each) && vectorOf(history, each) !== null,
  )
  const writes = all.filter(
    (each) => isWrite(history.kind[each] as number) && (history.dotActor[each] as number) >= 0,
  )
  const before = (one: number, other: number): boolean =>
    history.session[one] === history.session[other] &&
    (history.end[one] as number) < (history.start[other] as number)
  const includes = (read: number, write: number): boolean =>
    covers(
      vectorOf(history, read) as Vector,
      history.dotActor[write] as number,
      history.dotCounter[write] as number,
    )
  const follows = (read: number, other: number): boolean =>
    descends(vectorOf(history, read) as Vector, vectorOf(history, other) as Vector)
  const broken = (isBroken: (read: number) => boolean): ReadonlySet<number> =>
    new Set(reads.filter(isBroken))
  const acknowledged = writes.filter(isOk)
  return new Map([
    [
      'read_your_writes',
      broken((read) => acknowledged.some((write) => before(write, read) && !includes(read, write))),
    ],
    [
      'monotonic_reads',
      broken((read) => reads.some((other) => before(other, read) && !follows(read, other))),
    ],
    [
      'monotonic_writes',
      broken((read) =>
        writes.some(
          (second) =>
            includes(read, second) &&
            acknowledged.some((first) => before(first, second) && !includes(read, first)),
        ),
      ),
    ],
    [
      'writes_follow_reads',
      broken((read) =>
        writes.some(
          (write) =>
            includes(read, write) &&
            reads.some((first) => before(first, write) && !follows(read, first)),
        ),
      ),
    ],
  ])
}

/**
 * Is there an order of the values of the one key that agrees with this guarantee and with the order
 * of writes?
 */
export const hasOrder = (history: History, guarantee: string): boolean => {
  const all = Array.from({ length: history.size }, (_, index) => index)
  const writes = all.filter((each) => history.kind[each] !== READ)
  const values = writes.map((write) => history.value[write] as number)
  return permutations(values).some((order) => {
    const rank = new Map<number, number>([[0, -1]])
    order.forEach((value, index) => rank.set(value, index))
    return all.every((one) => all.every((other) => agrees(history, rank, guarantee, one, other)))
  })
}

const agrees = (
  history: History,
  rank: ReadonlyMap<number, number>,
  guarantee: string,
  one: number,
  other: number,
): boolean => {
  const isBefore =
    history.session[one] === history.session[other] &&
    history.outcome[one] === OK &&
    (history.end[one] as number) < (history.start[other] as number)
  if (!isBefore) return true
  const isFirstRead = history.kind[one] === READ
  const isSecondRead = history.kind[other] === READ
  if (isSecondRead && history.outcome[other] !== OK) return true
  if (isSecondRead && guarantee !== (isFirstRead ? 'monotonic_reads' : 'read_your_writes'))
    return true
  const first = rank.get(history.value[one] as number)
  const second = rank.get(history.value[other] as number)
  if (first === undefined || second === undefined) return true
  return isSecondRead ? first <= second : first < second
}

const permutations = (values: readonly number[]): readonly (readonly number[])[] =>
  values.length === 0
    ? [[]]
    : values.flatMap((value, index) =>
        permutations([...values.slice(0, index), ...values.slice(index + 1)]).map((rest) => [
          value,
          ...rest,
        ]),
      )
