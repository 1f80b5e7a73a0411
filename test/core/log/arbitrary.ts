/** Random logs. */
import * as fc from 'fast-check'
import type { LogRecord } from '../../../core/index.js'
import { ByteWriter, encodeHeader, encodeRecord, keyRef, nodeId } from '../../../core/index.js'
import { states } from '../version/arbitrary.js'

const targets = fc.constantFrom('n2', 'n3', 'n10').map(nodeId)
const keys = fc
  .tuple(fc.constantFrom('default', 'carts'), fc.constantFrom('a', 'b', 'c', 'ключ', ''))
  .map(([bucket, key]) => keyRef(bucket, key, 64))
const partition = fc.nat(3)

const shape = { noNullPrototype: true } as const

export const records: fc.Arbitrary<LogRecord> = fc.oneof(
  fc.nat(3).map((life): LogRecord => ({
    type: 'incarnation',
    clusterId: 'test',
    nodeId: nodeId('n1'),
    incarnation: life + 1,
    actorEpoch: life >> 1,
  })),
  fc.record({ type: fc.constant('counter_lease' as const), upTo: fc.nat(5_000) }, shape),
  fc.record({ type: fc.constant('key_state' as const), key: keys, state: states }, shape),
  fc.record(
    { type: fc.constant('hint' as const), target: targets, key: keys, state: states },
    shape,
  ),
  fc.record({ type: fc.constant('hint_deleted' as const), target: targets, key: keys }, shape),
  fc.record(
    {
      type: fc.constant('needs_repair' as const),
      target: targets,
      partition,
      needed: fc.boolean(),
    },
    shape,
  ),
  fc.record(
    {
      type: fc.constant('snapshot_end' as const),
      upTo: fc.nat(5_000),
      records: fc.nat(5_000),
    },
    shape,
  ),
  fc.record(
    { type: fc.constant('reap_epoch' as const), partition, epoch: fc.nat(9), hlc: fc.nat(99) },
    shape,
  ),
  fc.record({ type: fc.constant('key_reaped' as const), key: keys }, shape),
  fc.record(
    {
      type: fc.constant('doubt' as const),
      phase: fc.constantFrom('begun' as const, 'kept' as const, 'forgotten' as const),
      marks: fc.array(fc.record({ partition, epoch: fc.nat(9) }, shape), { maxLength: 3 }),
      hlc: fc.nat(99),
    },
    shape,
  ),
)

export interface Segment {
  readonly bytes: Uint8Array
  /** Where the header ends and the first record begins; then where each record ends. */
  readonly ends: readonly number[]
}

export function segmentOf(log: readonly LogRecord[], firstSeq = 1): Segment {
  const writer = new ByteWriter(16)
  encodeHeader(writer, { nodeId: nodeId('n1'), incarnation: 7 })
  const ends = [writer.length]
  log.forEach((record, index) => {
    encodeRecord(writer, record, firstSeq + index)
    ends.push(writer.length)
  })
  return { bytes: writer.finish(), ends }
}
