/**
 * A resolved scenario as a person would write it: without what the language fills in by itself.
 * Which defaults depend on what is not repeated here: a key goes if the rest still means the same.
 */
import { loadScenario } from './load.js'
import type { Scenario } from './model.js'
import { type Value } from './write/part.js'
import { fieldsOf, toText } from './write.js'

/** Null where the language would refuse it, as two crashes of one node at a time. */
export function briefScenario(scenario: Scenario): string | null {
  const wanted = meaningOf(scenario)
  const isSame = (fields: Section): boolean => {
    const loaded = loadScenario({ text: toText(fields), file: scenario.name })
    return loaded.problems === undefined && meaningOf(loaded.scenario) === wanted
  }
  const whole = fieldsOf(scenario)
  if (!isSame(whole)) return null
  const brief = withoutDefaults(whole, isSame)
  return toText(brief)
}

/** Whole sections first, for most are defaults; then what is in them. */
function withoutDefaults(fields: Section, isSame: (fields: Section) => boolean): Section {
  let kept = fields
  for (const [key, value] of Object.entries(fields)) {
    if (key === 'name' || key === 'about') continue
    const without = Object.fromEntries(Object.entries(kept).filter(([other]) => other !== key))
    if (isSame(without)) kept = without
    else if (isMap(value)) {
      const around = kept
      const inner = withoutDefaults(value, (some) => isSame({ ...around, [key]: some }))
      kept = { ...around, [key]: inner }
    }
  }
  return kept
}

/** Equal for scenarios that run alike: lines of the file are no part of what they mean. */
export function meaningOf(scenario: Scenario): string {
  const faults = scenario.faults.map((fault) => ({ ...fault, line: 0 }))
  return JSON.stringify({ ...scenario, faults }, sorted)
}

/** The order in which keys were given means nothing. */
function sorted(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  const entries = Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1))
  return Object.fromEntries(entries)
}

type Section = Readonly<Record<string, Value>>

function isMap(value: Value): value is Section {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
