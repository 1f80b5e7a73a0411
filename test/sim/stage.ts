/** Runs worlds for tests: from scenario text to all that came out of it. */
import type { HistoryEvent } from '../../core/index.js'
import type { Scenario } from '../../scenarios/model.js'
import { loadScenario } from '../../scenarios/load.js'
import { formatProblem } from '../../scenarios/problem.js'
import { LineWriter } from '../../sim/line.js'
import type { SimEvent } from '../../sim/queue.js'
import type { Sink, Watch } from '../../sim/sink.js'
import { World } from '../../sim/world.js'

export interface Played {
  readonly world: World
  readonly history: readonly HistoryEvent[]
  readonly events: readonly {
    timeMicros: number
    kind: string
    node: string | null
    detail: string
  }[]
  readonly messages: readonly MessageLine[]
}

/** A line of messages.jsonl. */
export interface MessageLine {
  readonly sentMicros: number
  readonly deliveredMicros: number | null
  readonly fate: string
  readonly from: string
  readonly to: string
  readonly kind: string
}

/** YAML, or anything that JSON can say. Throws with every problem. */
export function scenarioOf(source: string | object): Scenario {
  const text = typeof source === 'string' ? source : JSON.stringify(source)
  const { scenario, problems } = loadScenario({ text, file: 'test.yaml' })
  if (problems !== undefined) throw new Error(problems.map(formatProblem).join('\n'))
  return scenario
}

/** To the end. `observe` sees each event after it has happened. */
export function play(
  scenario: Scenario,
  watches: readonly Watch[] = [],
  observe: ((event: SimEvent, world: World) => void) | null = null,
): Played {
  const chunks: Buffer[] = []
  const events: string[] = []
  const messages: string[] = []
  const history = new LineWriter((bytes) => chunks.push(Buffer.from(bytes)))
  const sink: Sink = {
    history,
    event: (line) => events.push(line),
    metrics: () => undefined,
    message: (line) => messages.push(line),
    trace: () => undefined,
  }
  const world = new World({ scenario, sink, watches })
  const look = observe === null ? null : (event: SimEvent) => (observe(event, world), true)
  while (world.advance(1_000_000, look));
  history.flush()
  const text = Buffer.concat(chunks).toString()
  return {
    world,
    history: parse<HistoryEvent>(text.split('\n').filter((line) => line !== '')),
    events: parse(events),
    messages: parse(messages),
  }
}

const parse = <Line>(lines: readonly string[]): readonly Line[] =>
  lines.map((line) => JSON.parse(line) as Line)

export const hashOf = (scenario: Scenario): string => play(scenario).world.report.traceHash
