/** The world around the nodes: network, disks, processors, clocks. */
import { latency, latencyByClass } from './latency.js'
import {
  bandwidth,
  count,
  duration,
  fields,
  flag,
  list,
  names,
  probability,
  signedDuration,
} from './scalar.js'

const link = fields({
  from: names,
  to: names,
  both_ways: flag.optional(),
  latency: latencyByClass.optional(),
  loss: probability.optional(),
  duplicate: probability.optional(),
  reorder: probability.optional(),
  bandwidth: bandwidth.optional(),
})

export const network = fields({
  latency: latencyByClass
    .optional()
    .meta({ description: 'One way, between nodes. May be given by message class.' }),
  between_zones: duration
    .optional()
    .meta({ description: 'One way, on top of the latency, between nodes of different zones.' }),
  client_latency: latency.optional().meta({ description: 'One way, between a client and a node.' }),
  loss: probability.optional(),
  duplicate: probability.optional(),
  corrupt_payload: probability
    .optional()
    .meta({ description: 'Share of messages in which some bits are flipped on the way.' }),
  reorder: probability.optional().meta({ description: 'Share of messages held back once more.' }),
  reorder_by: duration
    .optional()
    .meta({ description: 'Held back by up to this much. 5ms if left out.' }),
  bandwidth: bandwidth.optional().meta({ description: 'Per directed link. No limit if left out.' }),
  links: list('a list of { from, to, ... }', link)
    .max(1_000, { error: 'more than 1000 links' })
    .optional()
    .meta({ description: 'Links that differ from the rest.' }),
})

const records = count(1, 1_000_000)

export const disk = fields({
  write: latency.optional(),
  fsync: latency.optional(),
  segment_records: records
    .optional()
    .meta({ description: 'A segment of the log is full then. 500 if left out.' }),
  snapshot_records: records.optional().meta({
    description: 'A snapshot is due after so many, or twice the last one. 2000 if left out.',
  }),
})

export const cpu = fields({
  per_message: duration
    .optional()
    .meta({ description: 'Service time, so that overload can happen. 20us if left out.' }),
})

export const clocks = fields({
  offset: fields({ uniform: fields({ min: signedDuration, max: signedDuration }) })
    .optional()
    .meta({ description: 'How far off each wall clock starts.' }),
  drift_ppm: count(0, 100_000)
    .optional()
    .meta({ description: "Each clock's drift is drawn from -drift_ppm to +drift_ppm." }),
})
