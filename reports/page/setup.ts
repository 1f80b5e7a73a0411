/** How to see it again, what it ran on, and how it was set up. */
import type { Latency, Scenario } from '../../scenarios/model.js'
import type { RunData } from '../aggregate.js'
import { bytes, count, duration, moment, percent, plural, short, words } from './format.js'
import { dataTable } from './figure.js'
import { html } from './markup.js'
import type { Markup } from './markup.js'

type Fact = readonly [name: string, value: string]

export function repeat(data: RunData): Markup {
  return html`<section id="repeat">
    <h2>Run it again</h2>
    <p class="lead">
      The same file and seed give the same events in the same order, on every machine. The trace
      hash says whether they did.
    </p>
    <div class="command">
      <pre id="command" tabindex="0">${data.run.command}</pre>
      <button type="button" data-copies="command" hidden>Copy</button>
    </div>
    <dl class="facts">${environment(data).map(fact)}</dl>
    <h3 class="visually-hidden">Configuration</h3>
    <dl class="facts">${configuration(data.run.scenario).map(fact)}</dl>
  </section>`
}

const fact = ([name, value]: Fact): Markup =>
  html`<div>
    <dt>${name}</dt>
    <dd>${value}</dd>
  </div>`

function environment({ run }: RunData): readonly Fact[] {
  const { events, simulatedMicros, wallMillis } = run.counts
  const seconds = wallMillis / 1000
  return [
    ['scenario file', run.file],
    ['seed', String(run.seed)],
    ['trace hash', run.traceHash],
    ['dynamo-sim', run.version],
    ['run folder format', String(run.format)],
    ['simulated', duration(simulatedMicros)],
    ['took', duration(wallMillis * 1000)],
    ['events', count(events)],
    ...(seconds > 0 ? [['events per second', count(Math.round(events / seconds))] as const] : []),
  ]
}

/** A distribution of latencies in a few words. */
export function latencyText(latency: Latency): string {
  switch (latency.kind) {
    case 'constant':
      return duration(latency.micros)
    case 'uniform':
      return `${duration(latency.minMicros)} to ${duration(latency.maxMicros)}`
    case 'exponential':
      return `from ${duration(latency.minMicros)}, mean ${duration(latency.meanMicros)}`
    case 'pareto':
      return `pareto, from ${duration(latency.minMicros)}, alpha ${short(latency.alpha)}`
    case 'lognormal':
      return `lognormal, median ${duration(latency.medianMicros)}, sigma ${short(latency.sigma)}`
    case 'empirical':
      return `empirical, ${plural(latency.points.length, 'point')}`
    case 'mixture':
      return `mixture of ${String(latency.parts.length)}`
  }
}

/** Runs of earlier versions do not say. */
const every = (micros: number | null | undefined): string =>
  typeof micros === 'number' ? `every ${duration(micros)}` : 'off'

export function configuration(scenario: Scenario): readonly Fact[] {
  const { cluster, network } = scenario
  const onOff = (value: boolean): string => (value ? 'on' : 'off')
  const ppm = (value: number): string => percent(value / 1e6)
  const zones = new Set(cluster.nodes.map((node) => node.zone)).size
  return [
    ['nodes', `${count(cluster.nodes.length)} in ${plural(zones, 'zone')}`],
    ['partitions', count(cluster.partitions)],
    ['N, R, W', `${String(cluster.n)}, ${String(cluster.r)}, ${String(cluster.w)}`],
    ['sloppy quorum', onOff(cluster.sloppy)],
    ['hinted handoff', onOff(cluster.handoff)],
    ['read repair', onOff(cluster.readRepair)],
    ['background yields', onOff(cluster.backgroundYields)],
    ['anti-entropy', every(cluster.antiEntropyMicros)],
    ['reaping', every(cluster.reap?.everyMicros)],
    ['hedged reads', onOff(cluster.hedge)],
    ['buckets', cluster.buckets.map((one) => `${one.name}: ${one.conflict}`).join(', ')],
    ['one hop', latencyText(network.latency.write)],
    ['loss, duplicates', `${ppm(network.lossPpm)}, ${ppm(network.duplicatePpm)}`],
    [
      'disk write, fsync',
      `${latencyText(scenario.disk.write)}; ${latencyText(scenario.disk.fsync)}`,
    ],
    ...asked(scenario.workload),
    ['clients run for', duration(scenario.workload.forMicros ?? scenario.durationMicros)],
    ['time to converge', duration(scenario.settleMicros)],
  ]
}

type Workload = Scenario['workload']

/** The same names whatever the workload, so that runs stand side by side. */
function asked(workload: Workload): readonly Fact[] {
  const [clients, operations, keys] = load(workload)
  return [
    ['clients', clients],
    ['operations', operations],
    ['keys', keys],
    ['values', bytes(workload.valueBytes)],
    ['consistency', consistency(workload)],
    ['client timeout', duration(workload.timeoutMicros)],
  ]
}

/** Who asks, what, and of which keys: drawn, written down one by one, or a probe. */
function load(workload: Workload): readonly [clients: string, operations: string, keys: string] {
  const { operations: listed, probe } = workload
  if (listed !== null) {
    const clients = new Set(listed.map(({ client }) => client)).size
    const keys = new Set(listed.map(({ key }) => key)).size
    return [plural(clients, 'client'), `${count(listed.length)}, one by one`, count(keys)]
  }
  const clients = plural(workload.clients, 'client')
  if (probe !== null) {
    const again = `a write, and a read ${latencyText(probe.after)} after its commit`
    return [clients, again, 'one for each client']
  }
  const surges = workload.surges.length
  const loop =
    workload.perSecond === null
      ? `${clients}, thinking ${latencyText(workload.think)}`
      : `${short(workload.perSecond)} per second from ${clients}`
  const mix = Object.entries(workload.mixPpm).filter(([, part]) => part > 0)
  return [
    surges === 0 ? loop : `${loop}, with ${plural(surges, 'surge')}`,
    mix.map(([kind, part]) => `${percent(part / 1e6)} ${kind}`).join(', '),
    `${count(workload.keyCount)}, ${words(workload.keyDistribution.kind)}`,
  ]
}

function consistency({ quorum: { r, w, monotonic } }: Workload): string {
  const own = [
    ...(r === null ? [] : [`R=${String(r)}`]),
    ...(w === null ? [] : [`W=${String(w)}`]),
    ...(monotonic ? ['monotonic reads'] : []),
  ]
  return own.length === 0 ? 'as the cluster' : own.join(', ')
}

export function eventLog({ events }: RunData): Markup {
  const rows = events.first.map((event) => [
    moment(event.timeMicros),
    words(event.kind),
    event.node ?? '–',
    event.detail,
  ])
  const kinds = [...events.kinds].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
  const rest = events.total - events.first.length
  return html`<section id="events">
    <h2>Events</h2>
    <p class="lead">
      ${plural(events.total, 'event')}:
      ${kinds.map(([kind, number]) => `${count(number)} ${words(kind)}`).join(', ')}.
    </p>
    <details class="long events">
      <summary>
        ${rest > 0 ? `The first ${count(events.first.length)} events` : 'All events'}
      </summary>
      ${dataTable({ head: ['time', 'event', 'node', 'detail'], rows }, 'Events')}
      ${rest > 0 && html`<p class="caption">${count(rest)} more are in events.jsonl.</p>`}
    </details>
  </section>`
}
