/** A network in which nothing is out of the ordinary, for tests to change one thing of. */
import type { Latency, LatencyByClass, LinkSettings, NetworkModel } from '../../scenarios/model.js'

export const constant = (micros: number): Latency => ({ kind: 'constant', micros })
export const exponential: Latency = { kind: 'exponential', minMicros: 200, meanMicros: 1_000 }
export const always = (latency: Latency): LatencyByClass => ({
  write: latency,
  write_ok: latency,
  read: latency,
  read_ok: latency,
  other: latency,
})

export const plain: NetworkModel = {
  latency: always(constant(1_000)),
  lossPpm: 0,
  corruptPpm: 0,
  duplicatePpm: 0,
  reorderPpm: 0,
  reorderMicros: 0,
  bitsPerSecond: null,
  clientLatency: constant(300),
  betweenZonesMicros: 0,
  links: [],
}
export const unchanged: LinkSettings = {
  lossPpm: null,
  corruptPpm: null,
  latencyFactor: null,
  bitsPerSecond: null,
  duplicatePpm: null,
  reorderPpm: null,
  latency: null,
}
