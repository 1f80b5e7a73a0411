import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { FileOperation, FolderRecovery, Identity, LogRecord } from '../../../core/index.js'
import {
  ByteWriter,
  defaultStoreLimits,
  encodeContent,
  foldRecords,
  LogStore,
  nodeId,
  recoverFolder,
  snapshotRecords,
} from '../../../core/index.js'
import { records } from './arbitrary.js'

const self = nodeId('n1')
const identity: Identity = { clusterId: 'test', nodeId: self, earlierLives: 0 }
const limits = {
  ...defaultStoreLimits,
  segmentRecords: 5,
  snapshotRecords: 12,
  sliceRecords: 3,
}

/** Files in memory, on which everything is durable at once: the dumbest disk. */
class Plain {
  readonly files = new Map<string, Uint8Array>()

  carryOut(operation: FileOperation): void {
    const { files } = this
    switch (operation.kind) {
      case 'create':
        files.set(operation.file, new Uint8Array(0))
        return
      case 'write': {
        const writer = new ByteWriter()
        writer.raw(this.#bytes(operation.file))
        encodeContent(writer, operation.content)
        files.set(operation.file, writer.finish())
        return
      }
      case 'rename':
        files.set(operation.to, this.#bytes(operation.file))
        files.delete(operation.file)
        return
      case 'remove':
        files.delete(operation.file)
        return
      default:
        return
    }
  }

  recover(who = identity): FolderRecovery & { readonly kind: 'recovered' } {
    const names = [...this.files.keys()].sort((a, b) => (a < b ? 1 : -1))
    const found = recoverFolder({ names, read: (name) => this.#bytes(name) }, who)
    assert.is(found.kind, 'recovered')
    return found as FolderRecovery & { readonly kind: 'recovered' }
  }

  #bytes(name: string): Uint8Array {
    const bytes = this.files.get(name)
    if (bytes === undefined) throw new Error(`${name} is not there`)
    return bytes
  }
}

const life = (incarnation: number, actorEpoch = 0): LogRecord => ({
  type: 'incarnation',
  clusterId: 'test',
  nodeId: self,
  incarnation,
  actorEpoch,
})

/** Writes the batches, with a snapshot's work between them; calls `after` after each operation. */
function write(
  disk: Plain,
  batches: readonly (readonly LogRecord[])[],
  after: (durable: readonly LogRecord[]) => void,
): void {
  const { start } = disk.recover()
  const store = new LogStore(self, start, limits)
  const told: LogRecord[] = []
  let durable = 0
  store.live = () => snapshotRecords(foldRecords(told))[Symbol.iterator]()
  const carryOut = (operations: readonly FileOperation[]): void => {
    for (const operation of operations) {
      disk.carryOut(operation)
      after(told.slice(0, durable))
    }
  }
  batches.forEach((batch, index) => {
    told.push(...batch)
    // The node is ahead of its log: the next batch is queued while a slice is taken.
    const queued = index % 2 === 0 ? (batches[index + 1] ?? []) : []
    carryOut(store.commit(batch))
    store.committed()
    durable = told.length
    told.push(...queued)
    carryOut(store.background(queued.length))
    told.length -= queued.length
  })
}

const said = (log: readonly LogRecord[]): readonly LogRecord[] => snapshotRecords(foldRecords(log))

const logs = fc
  .array(fc.array(records, { minLength: 1, maxLength: 4 }), { maxLength: 30 })
  .map((batches) => [[life(1)], ...batches])

test('store: after every operation a restart finds all that was durable by then (WAL-1)', () => {
  let snapshots = 0
  fc.assert(
    fc.property(logs, (batches) => {
      const disk = new Plain()
      write(disk, batches, (durable) => {
        const { state, damage } = disk.recover()
        assert.equal(damage, [])
        if (durable.length === 0 || state === null) return
        // One operation may have made the batch under way durable too.
        const all = batches.flat()
        const found = JSON.stringify(snapshotRecords(state))
        const prefixes = all
          .map((_, end) => all.slice(0, end + 1))
          .filter((prefix) => prefix.length >= durable.length)
        assert.ok(
          prefixes.some((prefix) => JSON.stringify(said(prefix)) === found),
          'no prefix that holds all',
        )
      })
      if ([...disk.files.keys()].some((name) => name.endsWith('.snap'))) snapshots++
    }),
    { seed: 1, numRuns: 60 },
  )
  assert.ok(snapshots > 10, `only ${String(snapshots)} logs were long enough for a snapshot`)
})

test('store: many lives, each goes on where the last one stopped', () => {
  const disk = new Plain()
  const all: LogRecord[] = []
  for (let number = 1; number <= 12; number++) {
    const { state, start } = disk.recover()
    assert.is(state?.incarnation ?? 0, number - 1)
    assert.is(start.incarnation, number)
    const lease: LogRecord = { type: 'counter_lease', upTo: number * 10 }
    write(disk, [[life(number)], [lease]], () => undefined)
    all.push(life(number), lease)
  }
  assert.equal(snapshotRecords(disk.recover().state ?? foldRecords([])), said(all))
  assert.ok(disk.files.size < 12, 'snapshots replace segments')
})

test('store: a snapshot gets its name only when all that it may have seen is durable', () => {
  const disk = new Plain()
  const store = new LogStore(self, disk.recover().start, { ...limits, snapshotRecords: 1 })
  store.live = () => [life(1)][Symbol.iterator]()
  store.commit([life(1)])
  const [create, first] = store.background(1)
  assert.equal(create, { kind: 'create', file: 'snapshot-0000000000000001.tmp' })
  assert.is(first?.kind, 'write')
  store.committed()
  assert.equal(store.background(1), [], 'a record is queued that it may have seen')
  store.commit([{ type: 'counter_lease', upTo: 10 }])
  assert.equal(store.background(0), [], 'and not durable yet')
  store.committed()
  assert.equal(
    store.background(0).map(({ kind }) => kind),
    ['sync', 'rename', 'sync_directory', 'remove'],
  )
})

test('folder: a missing segment or snapshot is damage, not a shorter log (WAL-5)', () => {
  const disk = new Plain()
  const batches = Array.from({ length: 33 }, (_, n): LogRecord[] => [
    { type: 'counter_lease', upTo: n },
  ])
  write(disk, [[life(1)], ...batches], () => undefined)
  const all = [...disk.files.keys()].sort((a, b) => (a < b ? -1 : 1))
  // Nothing tells that the very last segment is missing.
  const last = all.findLast((name) => name.endsWith('.log'))
  const names = all.filter((name) => name !== last)
  assert.ok(names.some((name) => name.endsWith('.snap')) && names.length >= 2, String(all))
  for (const name of names) {
    const lost = new Plain()
    for (const [each, bytes] of disk.files) if (each !== name) lost.files.set(each, bytes)
    const { damage, state, start } = lost.recover()
    assert.ok(damage.length > 0, `${name} is not missed`)
    assert.ok(state?.damaged)
    assert.is(state?.actorEpoch, start.incarnation, 'a new actor, of this life')
  }
})

test('folder: any bit flipped in a snapshot is damage; what can be read is kept', () => {
  const disk = new Plain()
  const batches = Array.from({ length: 14 }, (_, n): LogRecord[] => [
    { type: 'needs_repair', target: nodeId('n2'), partition: n, needed: true },
  ])
  write(disk, [[life(1)], ...batches, [], []], () => undefined)
  const name = [...disk.files.keys()].find((each) => each.endsWith('.snap')) ?? ''
  const bytes = disk.files.get(name) ?? new Uint8Array(0)
  assert.ok(bytes.length > 100)
  for (let at = 0; at < bytes.length; at++) {
    const flipped = bytes.slice()
    flipped[at] = (flipped[at] as number) ^ 4
    disk.files.set(name, flipped)
    const { state, damage } = disk.recover()
    assert.ok(damage.length > 0, `byte ${String(at)}`)
    assert.ok(state?.damaged)
    assert.ok((state?.needsRepair.get(nodeId('n2'))?.size ?? 0) >= 13)
  }
})

test('folder: lives lived elsewhere make an empty folder a new actor, later ones the same', () => {
  const who = { ...identity, earlierLives: 7 }
  const disk = new Plain()
  const { state, start } = disk.recover(who)
  assert.is(state?.actorEpoch, 8)
  assert.is(start.incarnation, 8)
  assert.ok(state?.damaged, 'it asks to be repaired')
  write(disk, [[life(8, 8)]], () => undefined)
  const later = disk.recover(who)
  assert.is(later.state?.actorEpoch, 8)
  assert.is(later.state?.incarnation, 8)
  assert.not.ok(later.state?.damaged)
  // Told of more lives than the folder knows, it does not trust it.
  const told = disk.recover({ ...identity, earlierLives: 9 })
  assert.is(told.state?.actorEpoch, 10)
  assert.ok(told.state?.damaged)
})

test.run()
