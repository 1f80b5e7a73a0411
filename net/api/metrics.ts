/**
 * What the API counts itself, and how all of it is told to Prometheus. Counting is an addition to
 * an array; the texts are made when somebody scrapes.
 */
import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client'
import type { MetricObject, MetricValue } from 'prom-client'
import type { Door } from '../door.js'

export const operationKinds = ['get', 'put', 'delete'] as const
export type OperationKind = (typeof operationKinds)[number]

/** `problem`: refused by the API itself, before the node heard of it. */
export const results = ['ok', 'siblings', 'not_found', 'rejected', 'unknown', 'problem'] as const
export type Result = (typeof results)[number]

const placeOf = (kind: OperationKind, result: Result): number =>
  operationKinds.indexOf(kind) * results.length + results.indexOf(result)

/** Upper bounds in seconds, about a factor of two apart. */
const boundsSeconds = [
  0.00025, 0.0005, 0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.128, 0.256, 0.512, 1, 2, 4, 8,
]

class Histogram {
  readonly counts = new Float64Array(boundsSeconds.length + 1)
  sumSeconds = 0

  add(seconds: number): void {
    let at = 0
    while (at < boundsSeconds.length && seconds > (boundsSeconds[at] as number)) at++
    this.counts[at] = (this.counts[at] as number) + 1
    this.sumSeconds += seconds
  }
}

export class Metrics {
  readonly #counts = new Float64Array(operationKinds.length * results.length)
  readonly #latencies = new Map<OperationKind, Histogram>(
    operationKinds.map((kind) => [kind, new Histogram()]),
  )
  /** Requests by what the guard did to them. */
  readonly refused = { unauthorized: 0, forbidden: 0, rate_limited: 0, malformed: 0 }
  open = 0

  count(kind: OperationKind, result: Result, millis: number): void {
    const at = placeOf(kind, result)
    this.#counts[at] = (this.#counts[at] as number) + 1
    this.#latencies.get(kind)?.add(millis / 1_000)
  }

  total(kind: OperationKind, result: Result): number {
    return this.#counts[placeOf(kind, result)] as number
  }

  /** Seconds below which a share of the requests stayed, by bucket; null: none yet. */
  quantile(kind: OperationKind, share: number): number | null {
    const { counts } = this.#latencies.get(kind) ?? new Histogram()
    const total = counts.reduce((sum, count) => sum + count, 0)
    if (total === 0) return null
    let seen = 0
    for (let i = 0; i < counts.length; i++) {
      seen += counts[i] as number
      if (seen >= share * total) return boundsSeconds[i] ?? (boundsSeconds.at(-1) as number) * 2
    }
    return null
  }

  /** Upper bound in seconds (null: none) -> how many at most that, of this life. */
  buckets(kind: OperationKind): [bound: number | null, count: number][] {
    let sum = 0
    return [...(this.#latencies.get(kind) ?? new Histogram()).counts].map((count, i) => {
      sum += count
      return [boundsSeconds[i] ?? null, sum]
    })
  }

  histogram(): MetricObject & { values: MetricValue<string>[] } {
    const name = 'dynamo_request_seconds'
    const values = operationKinds.flatMap((operation) => {
      const { sumSeconds } = this.#latencies.get(operation) ?? new Histogram()
      const buckets = this.buckets(operation).map(([bound, value]) => {
        const labels = { operation, le: bound ?? '+Inf' }
        return { metricName: `${name}_bucket`, value, labels }
      })
      const count = buckets.at(-1)?.value ?? 0
      return [
        ...buckets,
        { metricName: `${name}_sum`, value: sumSeconds, labels: { operation } },
        { metricName: `${name}_count`, value: count, labels: { operation } },
      ]
    })
    const help = 'Time from the head of a request to its answer.'
    return { name, help, type: 'histogram', aggregator: 'sum', values } as never
  }
}

/** A registry of its own, so that several nodes in one process do not share their figures. */
export function registryOf(door: Door, metrics: Metrics): Registry {
  const registry = new Registry()
  registry.setDefaultLabels({ node: door.node })
  // Ten a second rather than a hundred: an idle node sleeps.
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: 100 })
  const with_ = { registers: [registry] }
  new Counter({
    name: 'dynamo_requests_total',
    help: 'Requests to keys, by what became of them.',
    labelNames: ['operation', 'result'],
    ...with_,
    collect() {
      this.reset()
      for (const operation of operationKinds) {
        for (const result of results) {
          this.inc({ operation, result }, metrics.total(operation, result))
        }
      }
    },
  })
  new Counter({
    name: 'dynamo_refused_total',
    help: 'Requests that did not get past the guard.',
    labelNames: ['reason'],
    ...with_,
    collect() {
      this.reset()
      for (const [reason, count] of Object.entries(metrics.refused)) this.inc({ reason }, count)
    },
  })
  registry.registerMetric({
    name: 'dynamo_request_seconds',
    get: () => Promise.resolve(metrics.histogram()),
    reset: () => undefined,
  } as never)
  registerNode(door, metrics, registry)
  return registry
}

function registerNode(door: Door, metrics: Metrics, registry: Registry): void {
  const gauge = (name: string, help: string, read: () => number): void => {
    new Gauge({
      name: `dynamo_${name}`,
      help,
      registers: [registry],
      collect() {
        this.set(read())
      },
    })
  }
  gauge('requests_open', 'Requests being answered now.', () => metrics.open)
  gauge(
    'coordinated_open',
    'Requests that this node coordinates now.',
    () => door.inspect().openRequests,
  )
  gauge(
    'background_pace',
    'Share of full pace that background work has; below 1 it gives way to clients.',
    () => door.inspect().pace.share,
  )
  gauge('keys', 'Keys held as an owner.', () => door.inspect().keys)
  gauge(
    'tombstones',
    'Keys of which nothing but tombstones is left.',
    () => door.inspect().tombstones,
  )
  gauge('incarnation', 'Which life of the node this is.', () => door.incarnation)
  gauge('ready', '1 when the node serves.', () => (door.health().state === 'ready' ? 1 : 0))
  gauge('uptime_seconds', 'Since the node began.', () => door.health().uptimeMicros / 1e6)
  labelled(registry, 'hints', 'Hints kept for others.', 'target', () =>
    door.inspect().hints.map(({ target, keys }) => [target, keys]),
  )
  labelled(registry, 'members', 'Members, by the state this node sees.', 'state', () => {
    const states = new Map<string, number>()
    for (const { state } of door.members()) states.set(state, (states.get(state) ?? 0) + 1)
    return [...states]
  })
  new Counter({
    name: 'dynamo_node_events_total',
    help: 'What the node counts: forwards, repairs, hints, what it dropped.',
    labelNames: ['event'],
    registers: [registry],
    collect() {
      this.reset()
      for (const [event, count] of Object.entries(door.counters()))
        this.inc({ event }, Number(count))
    },
  })
}

/** The registry's text, and the door's own figures after it. */
export async function metricsText(registry: Registry, door: Door): Promise<string> {
  const own = new Registry()
  own.setDefaultLabels({ node: door.node })
  const seen = new Map<string, Counter | Gauge>()
  for (const { name, help, type, value, labels = {} } of door.gauges()) {
    const options = {
      name: `dynamo_${name}`,
      help,
      labelNames: Object.keys(labels),
      registers: [own],
    }
    const metric =
      seen.get(name) ?? (type === 'counter' ? new Counter(options) : new Gauge(options))
    seen.set(name, metric)
    metric.inc(labels, value)
  }
  return (await registry.metrics()) + (seen.size === 0 ? '' : await own.metrics())
}

function labelled(
  registry: Registry,
  name: string,
  help: string,
  label: string,
  read: () => readonly (readonly [string, number])[],
): void {
  new Gauge({
    name: `dynamo_${name}`,
    help,
    labelNames: [label],
    registers: [registry],
    collect() {
      this.reset()
      for (const [value, count] of read()) this.set({ [label]: value }, count)
    },
  })
}
