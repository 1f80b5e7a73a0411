/** Data folders for tests, and nodes small enough to write by hand. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DurableState, KeyState, LogRecord } from '../../../core/index.js'
import { actorOf, keyRef, nodeId } from '../../../core/index.js'
import { snapshotRecords } from '../../../core/log/recover.js'
import type { DurableLog } from '../../../net/disk/log.js'

export const self = nodeId('n1')

/** Runs `body` with an empty folder, which is gone afterwards. */
export async function withFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'dynamo-sim-disk-'))
  try {
    await body(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

export const life = (incarnation: number, actorEpoch = 0): LogRecord => ({
  type: 'incarnation',
  clusterId: 'c',
  nodeId: self,
  incarnation,
  actorEpoch,
})

const actor = actorOf(self, 0)

export const stateOf = (n: number, value: string): KeyState => ({
  vv: [{ actor, n }],
  siblings: [{ actor, n, value, hlc: n }],
})

export const written = (key: string, n: number): LogRecord => ({
  type: 'key_state',
  key: keyRef('default', key, 64),
  state: stateOf(n, `value ${String(n)}`),
})

export const appended = (log: DurableLog, records: readonly LogRecord[]): Promise<void> =>
  new Promise((resolve) => log.append(records, resolve))

/** What a recovered state says, in an order of its own. */
export const contents = (state: DurableState | null): readonly LogRecord[] =>
  state === null ? [] : snapshotRecords(state)
