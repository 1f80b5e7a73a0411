/**
 * The simulated disk and the real one do the same: the same operations leave the same files, byte
 * for byte, and a restart finds the same in them, whole, torn, corrupt or restored.
 */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { FileOperation, LogRecord } from '../../core/index.js'
import { defaultStoreLimits, LogStore, nodeId, recoverFolder } from '../../core/index.js'
import type { FolderRecovery } from '../../core/log/folder.js'
import { foldRecords, snapshotRecords } from '../../core/log/recover.js'
import type { PowerCut } from '../../sim/disk/folder.js'
import { SimFolder } from '../../sim/disk/folder.js'
import { RandomStream } from '../../sim/random.js'
import { life, self, written } from '../net/disk/folder.js'
import type { Disk } from './folder.js'
import { real, simulated } from './folder.js'

const limits = { ...defaultStoreLimits, segmentRecords: 6, snapshotRecords: 14, sliceRecords: 4 }
type Found = FolderRecovery & { readonly kind: 'recovered' }

function recover(disk: Disk, earlierLives = 0): Found {
  const identity = { clusterId: 'c', nodeId: self, earlierLives }
  const found = recoverFolder(disk.view(), identity)
  assert.is(found.kind, 'recovered')
  return found as Found
}

/** One life of a node on a disk. */
class Life {
  readonly disk: Disk
  readonly store: LogStore
  readonly #said: LogRecord[]

  constructor(disk: Disk, earlierLives = 0) {
    const { state, start } = recover(disk, earlierLives)
    this.disk = disk
    this.store = new LogStore(self, start, limits)
    this.#said = state === null ? [] : [...snapshotRecords(state)]
    this.store.live = () => snapshotRecords(foldRecords(this.#said))[Symbol.iterator]()
  }

  async append(...records: readonly LogRecord[]): Promise<void> {
    this.#said.push(...records)
    await this.#carryOut(this.store.commit(records))
    this.store.committed()
    await this.#carryOut(this.store.background(0))
  }

  async #carryOut(operations: readonly FileOperation[]): Promise<void> {
    for (const operation of operations) await this.disk.carryOut(operation)
  }
}

/** All that can be seen of a disk, and what a restart makes of it. */
function seen(disk: Disk, earlierLives = 0) {
  const view = disk.view()
  const { state, damage, start } = recover(disk, earlierLives)
  return {
    files: view.names.map((name) => [name, Buffer.from(view.read(name)).toString('hex')]),
    state: state === null ? null : snapshotRecords(state),
    damaged: state?.damaged ?? false,
    damage,
    start: { ...start, damaged: [...start.damaged] },
  }
}

async function filled(disk: Disk, keys: number): Promise<Life> {
  const one = new Life(disk)
  await one.append(life(1), { type: 'counter_lease', upTo: 100 })
  for (let n = 1; n <= keys; n++) await one.append(written(`k${String(n % 5)}`, n))
  return one
}

const lastSegment = (disk: Disk): string =>
  disk.view().names.findLast((name) => name.startsWith('segment')) ?? ''

/** What is done to both, in steps; after each they must look alike. */
const courses: Readonly<Record<string, readonly ((disk: Disk) => Promise<void>)[]>> = {
  'an empty folder, one append, a restart': [
    () => Promise.resolve(),
    async (disk) => {
      await filled(disk, 1)
    },
    (disk) => disk.stop(),
  ],
  'segments that follow each other, and a snapshot that takes their place': [
    async (disk) => {
      await filled(disk, 4)
    },
    async (disk) => {
      await disk.stop()
      const one = new Life(disk)
      await one.append(life(2))
      for (let n = 10; n < 50; n++) await one.append(written(`k${String(n % 7)}`, n))
      const { names } = disk.view()
      assert.ok(
        names.some((name) => name.endsWith('.snap')),
        names.join(),
      )
      assert.not.ok(names.includes('segment-0000000000000001.log'), names.join())
    },
    (disk) => disk.stop(),
  ],
  'a torn tail is cut, and the next life goes on behind it': [
    async (disk) => {
      await filled(disk, 3)
      await disk.stop()
      const file = lastSegment(disk)
      disk.overwrite(file, disk.view().read(file).slice(0, -5))
      assert.equal(recover(disk).damage, [])
    },
    async (disk) => {
      await new Life(disk).append(life(2), written('later', 9))
      await disk.stop()
    },
  ],
  'corruption is not cut: the file is set aside, the actor is a new one': [
    async (disk) => {
      await filled(disk, 3)
      await disk.stop()
      const file = lastSegment(disk)
      const bytes = disk.view().read(file).slice()
      const at = Buffer.from(bytes).indexOf('value 2')
      bytes[at] = (bytes[at] as number) ^ 1
      disk.overwrite(file, bytes)
      const { damage, state } = recover(disk)
      assert.is(damage.length, 1)
      assert.is(state?.actorEpoch, 3)
    },
    async (disk) => {
      const one = new Life(disk)
      for (let n = 0; n < 4; n++) await one.append(life(3, 3))
      await disk.stop()
      assert.ok(disk.view().names.some((name) => name.startsWith('damaged-3-segment')))
      assert.equal(recover(disk).damage, [])
    },
  ],
  'a full disk begins no snapshot, and goes on with one when it has room': [
    async (disk) => {
      const one = await filled(disk, 2)
      one.store.isFull = true
      for (let n = 10; n < 40; n++) await one.append(written('k', n))
      assert.not.ok(disk.view().names.some((name) => name.startsWith('snapshot')))
      one.store.isFull = false
      for (let n = 40; n < 50; n++) await one.append(written('k', n))
      assert.ok(disk.view().names.some((name) => name.endsWith('.snap')))
    },
    (disk) => disk.stop(),
  ],
}

for (const [what, steps] of Object.entries(courses)) {
  test(`disks: ${what}`, async () => {
    const disks = [simulated(), real()] as const
    try {
      for (const step of steps) {
        for (const disk of disks) await step(disk)
        const [left, right] = disks
        assert.equal(seen(left), seen(right))
      }
    } finally {
      for (const disk of disks) await disk.remove()
    }
  })
}

test('disks: a copy taken while it serves is a node again, as a new actor', async () => {
  const found = []
  for (const disk of [simulated(), real()]) {
    const copy = disk.name === 'real' ? real() : simulated()
    try {
      const one = await filled(disk, 20)
      // Oldest first, each as far as it has come.
      const { names } = disk.view()
      const files = names.map((name) => [name, disk.view().read(name).slice()] as const)
      await one.append(written('after', 99))
      for (const [name, bytes] of files) {
        await copy.carryOut({ kind: 'create', file: name })
        await copy.carryOut({ kind: 'sync', file: name })
        copy.overwrite(name, bytes)
      }
      await copy.carryOut({ kind: 'sync_directory' })
      found.push(seen(copy, 1_000))
      const { state } = recover(copy, 1_000)
      assert.ok(state?.damaged)
      assert.is(state?.actorEpoch, 1_001)
      assert.not.ok(state?.keys.has('default\0after'))
    } finally {
      await disk.remove()
      await copy.remove()
    }
  }
  assert.equal(found[0], found[1])
})

// --- the simulated disk alone: power is lost at every operation

const cuts: readonly PowerCut[] = ['prefix', 'unsynced_lost', 'torn', 'reordered']

/** Every operation of a small life, with how many records were durable for certain before it. */
function operationsOfLife(): readonly (readonly [operation: FileOperation, durable: number])[] {
  const done: [FileOperation, number][] = []
  const folder = new SimFolder()
  const stream = new RandomStream('x')
  const identity = { clusterId: 'c', nodeId: nodeId('n1'), earlierLives: 0 }
  const found = recoverFolder({ names: [], read: () => new Uint8Array(0) }, identity) as Found
  const store = new LogStore(self, found.start, limits)
  store.live = () => snapshotRecords(foldRecords(records.slice(0, said)))[Symbol.iterator]()
  let said = 0
  let durable = 0
  for (const record of records) {
    said++
    for (const operation of store.commit([record])) {
      done.push([operation, durable])
      folder.carryOut(operation, stream)
    }
    store.committed()
    durable = said
    for (const operation of store.background(0)) {
      done.push([operation, durable])
      folder.carryOut(operation, stream)
    }
  }
  assert.ok(
    folder.names.some((name) => name.endsWith('.snap')),
    'long enough for a snapshot',
  )
  return done
}

const records: readonly LogRecord[] = [
  life(1),
  ...Array.from({ length: 40 }, (_, n) => written(`k${String(n % 6)}`, n + 1)),
]

test('disks: power lost at every file operation takes nothing that was synced', () => {
  const operations = operationsOfLife()
  const said = records.map((_, end) =>
    JSON.stringify(snapshotRecords(foldRecords(records.slice(0, end + 1)))),
  )
  let tries = 0
  for (let at = 0; at <= operations.length; at++) {
    for (const cut of cuts) {
      for (let seed = 0; seed < 3; seed++) {
        const stream = new RandomStream(`${String(at)}/${cut}/${String(seed)}`)
        const folder = new SimFolder()
        for (const [operation] of operations.slice(0, at)) folder.carryOut(operation, stream)
        folder.crash(cut, stream)
        const identity = { clusterId: 'c', nodeId: self, earlierLives: 0 }
        const found = recoverFolder(folder, identity) as Found
        const durable = operations[at]?.[1] ?? records.length
        const where = `operation ${String(at)}, ${cut}, seed ${String(seed)}`
        tries++
        // Later sectors without earlier ones look like corruption: then the log says so.
        if (found.damage.length > 0) {
          assert.is(cut, 'reordered', where)
          continue
        }
        if (durable === 0) continue
        const text = JSON.stringify(snapshotRecords(found.state ?? foldRecords([])))
        assert.ok(said.slice(durable - 1).includes(text), `${where}: no prefix that holds all`)
      }
    }
  }
  assert.ok(tries > 1_000, String(tries))
})

test.run()
