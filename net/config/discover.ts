/** The members of a cluster, as a node of it tells them, or as one has told them before. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { formatAddress } from '../address.js'
import { makeFolder } from '../disk/make.js'
import { keyringOf } from '../secret.js'
import type { KnownMember } from '../seed.js'
import { askSeed } from '../seed.js'
import type { NodeConfig } from './model.js'

export interface DiscoverOptions {
  /** Seeds are asked for so long, before what was told in an earlier life is taken. */
  readonly patienceMillis: number
  readonly told: (what: string) => void
}

const questionMillis = 2_000
const againMillis = 500

/** Null: nobody answers, and nobody has answered before. */
export async function discover(
  config: NodeConfig,
  { patienceMillis, told }: DiscoverOptions,
): Promise<readonly KnownMember[] | null> {
  const untilMillis = performance.now() + patienceMillis
  const options = {
    clusterId: config.clusterId,
    self: config.id,
    keyring: keyringOf(config.secrets, config.clusterId),
    tls: config.peerTls,
    timeoutMillis: questionMillis,
  }
  const said = new Set<string>()
  do {
    for (const seed of config.seeds) {
      try {
        const members = await askSeed(seed, options)
        remember(config, members)
        return members
      } catch (error) {
        const what = `seed ${formatAddress(seed)}: ${(error as Error).message}`
        if (!said.has(what)) told(what)
        said.add(what)
      }
    }
    await new Promise((done) => setTimeout(done, againMillis))
  } while (performance.now() < untilMillis)
  return remembered(config)
}

const fileOf = ({ dataFolder }: NodeConfig): string => join(dataFolder, 'members.json')

function remember(config: NodeConfig, members: readonly KnownMember[]): void {
  makeFolder(config.dataFolder)
  writeFileSync(fileOf(config), `${JSON.stringify(members, null, 2)}\n`)
}

function remembered(config: NodeConfig): readonly KnownMember[] | null {
  try {
    return JSON.parse(readFileSync(fileOf(config), 'utf8')) as KnownMember[]
  } catch {
    return null
  }
}
