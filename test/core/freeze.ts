/** Purity, shown rather than promised: frozen arguments, two runs, equal answers. */
import * as assert from 'uvu/assert'

/**
 * Freezes everything that can be reached, and returns it. Bytes cannot be frozen; `pure` compares
 * them instead.
 */
export function deepFreeze<Value>(value: Value): Value {
  freeze(value, new Set())
  return value
}

function freeze(value: unknown, seen: Set<unknown>): void {
  if (typeof value !== 'object' || value === null || seen.has(value)) return
  seen.add(value)
  if (ArrayBuffer.isView(value)) return
  Object.freeze(value)
  if (value instanceof Map || value instanceof Set) {
    value.forEach((part: unknown, key: unknown) => {
      freeze(key, seen)
      freeze(part, seen)
    })
  }
  for (const part of Object.values(value) as unknown[]) freeze(part, seen)
}

/**
 * `run` with its arguments frozen, called twice: throws if an argument was changed or the answers
 * differ. Maps, sets and bytes do not freeze, so arguments are compared with a copy made before.
 */
export function pure<Arguments extends readonly unknown[], Answer>(
  run: (...args: Arguments) => Answer,
): (...args: Arguments) => Answer {
  return (...args) => {
    const before = structuredClone(args)
    deepFreeze(args)
    const first = run(...args)
    const second = run(...args)
    assert.equal(second, first, 'the same arguments give the same answer')
    assert.equal(structuredClone(args), before, 'the arguments are as they were')
    return first
  }
}
