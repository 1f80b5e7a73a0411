/** What the transport counts, as figures for metrics. */
import type { Gauge } from './door.js'
import type { Transport } from './transport.js'

type Labels = Readonly<Record<string, string>>

export function transportGauges(transport: Transport): readonly Gauge[] {
  return [...ofLinks(transport), ...ofReceiver(transport), ...ofPackets(transport)]
}

function ofLinks(transport: Transport): Gauge[] {
  return transport.links().flatMap(({ peer, linkClass, link }) => {
    const labels = { peer, class: linkClass }
    const { counters, outbox, state } = link
    return [
      gauge(
        'link_up',
        '1 while the connection to the peer stands.',
        state === 'up' ? 1 : 0,
        labels,
      ),
      gauge('link_queue_messages', 'Messages that wait for the peer.', outbox.size, labels),
      gauge('link_queue_bytes', 'Bytes of them.', outbox.bytes, labels),
      total('link_messages_total', 'Messages sent.', counters.messages, labels),
      total('link_bytes_total', 'Bytes sent.', counters.bytes, labels),
      total('link_writes_total', 'Writes that carried them.', counters.writes, labels),
      total('link_dials_total', 'Connections tried.', counters.dials, labels),
      total('link_breaks_total', 'Connections that broke.', counters.breaks, labels),
      total('link_too_large_total', 'Messages too large to send.', counters.tooLarge, labels),
      total(
        'link_expired_total',
        'Messages given up: nobody waits for them any more.',
        outbox.counters.expired,
        labels,
      ),
      total(
        'link_overflowed_total',
        'Messages given up: the queue was full.',
        outbox.counters.overflowed,
        labels,
      ),
    ]
  })
}

function ofReceiver({ receiver }: Transport): Gauge[] {
  const { counters, frames } = receiver
  return [
    total('links_accepted_total', 'Connections taken from peers.', counters.accepted),
    total('links_refused_total', 'Connections turned away.', counters.refused),
    total('link_foreign_total', 'Messages that named another sender.', counters.foreign),
    total('frames_received_total', 'Frames received from peers.', frames.frames),
    total('frames_received_bytes_total', 'Bytes of them.', frames.bytes),
    total('frames_malformed_total', 'Frames dropped: they made no sense.', frames.malformed),
    total('frames_too_large_total', 'Frames dropped: too large.', frames.tooLarge),
  ]
}

function ofPackets({ udp: { counters } }: Transport): Gauge[] {
  return [
    total('packets_sent_total', 'UDP packets sent.', counters.sent),
    total('packets_received_total', 'UDP packets received.', counters.received),
    total('packets_too_large_total', 'Too large for a packet.', counters.tooLarge),
    total('packets_unsealed_total', 'Not sealed by this cluster.', counters.unsealed),
    total('packets_malformed_total', 'Sealed, but no such message.', counters.malformed),
    total('packets_replayed_total', 'Seen before, or of an earlier life.', counters.replayed),
    total('packets_misaddressed_total', 'For an earlier life of this.', counters.misaddressed),
    total('packets_unsent_total', 'Refused by the system.', counters.sendErrors),
  ]
}

function gauge(name: string, help: string, value: number, labels: Labels = {}): Gauge {
  return { name, help, type: 'gauge', value, labels }
}

function total(name: string, help: string, value: number, labels: Labels = {}): Gauge {
  return { name, help, type: 'counter', value, labels }
}
