/** `sim node --config FILE`: one live node, until it is told to stop. */
import type { CommandModule } from 'yargs'
import { discover } from '../../net/config/discover.js'
import { readConfig } from '../../net/config/read.js'
import type { NodeConfig } from '../../net/config/model.js'
import type { KnownMember } from '../../net/seed.js'
import { FolderProblem } from '../../net/disk/problem.js'
import { untilStopped } from '../../net/process.js'
import type { Running } from '../../net/run.js'
import { runNode } from '../../net/run.js'
import { formatProblem } from '../../scenarios/problem.js'
import { BadInput } from './exit.js'

interface NodeCommandOptions {
  readonly config: string
  readonly data: string | undefined
  readonly insecure: boolean
}

export const nodeCommand: CommandModule<object, NodeCommandOptions> = {
  command: 'node',
  describe: 'run one live node',
  builder: (yargs) =>
    yargs
      .option('config', {
        type: 'string',
        demandOption: true,
        describe: 'its configuration (YAML or JSON), such as configs/nodeA.yaml',
      })
      .option('data', {
        type: 'string',
        describe: 'its data folder; goes before what the file says',
      })
      .option('insecure', {
        type: 'boolean',
        default: false,
        describe: 'listen beyond this machine without TLS, secrets or tokens',
      }),
  handler: run,
}

async function run(options: NodeCommandOptions): Promise<void> {
  const config = await withPeers(configOf(options), options)
  const running = await start(config)
  process.exitCode = await untilStopped(running)
  // A supervisor's channel, or a connection that a client holds, would keep the process alive.
  process.exit()
}

/** Seeds are asked for so long, before a node that knew its peers once goes on without. */
const patienceMillis = 10_000
/** What a node that could not start still has to write has so long. */
const mostEndMillis = 1_000

/** Asks the seeds, if there are any, who the peers are. */
async function withPeers(config: NodeConfig, options: NodeCommandOptions): Promise<NodeConfig> {
  if (config.seeds.length === 0) return config
  const told = (what: string): void => void process.stderr.write(`${what}\n`)
  for (;;) {
    const members = await discover(config, { patienceMillis, told })
    if (members !== null) return configOf(options, members)
    told('no seed answers: asking again')
  }
}

function configOf(
  { config: file, data, insecure }: NodeCommandOptions,
  discovered?: readonly KnownMember[],
): NodeConfig {
  const loaded = readConfig(file, {
    insecure,
    dataFolder: data ?? null,
    ...(discovered !== undefined && { discovered }),
  })
  if (loaded === null) {
    throw new BadInput(`${file}: no such file; the configurations that ship are in configs/`)
  }
  if (loaded.problems !== undefined) {
    throw new BadInput(loaded.problems.map((problem) => formatProblem(problem)).join('\n'))
  }
  return loaded.config
}

async function start(config: NodeConfig): Promise<Running> {
  try {
    return await runNode(config, () => process.exit(1))
  } catch (error) {
    endSoon()
    if (error instanceof FolderProblem) throw new BadInput(error.message)
    const problem = listenProblem(error)
    throw problem === null ? error : new BadInput(problem)
  }
}

/** A node that could not start ends, whatever it has opened, and whoever waits for it hears it. */
function endSoon(): void {
  // A supervisor's channel alone would keep the process alive.
  if (process.connected) process.disconnect()
  setTimeout(() => process.exit(), mostEndMillis).unref()
}

/** Why a port cannot be had; null: it is something else. */
function listenProblem(error: unknown): string | null {
  const { code, syscall, address, port } = error as NodeJS.ErrnoException & {
    readonly address?: string
    readonly port?: number
  }
  if (syscall !== 'listen' && syscall !== 'bind') return null
  const where = `${address ?? 'the address'}:${String(port ?? '')}`
  const reasons: Readonly<Record<string, string>> = {
    EADDRINUSE: 'is in use: stop what listens there, or give this node other ports',
    EACCES: 'may not be listened on by this user: ports below 1024 are for the system',
    EADDRNOTAVAIL: 'is no address of this machine',
  }
  return code === undefined ? null : `${where} ${reasons[code] ?? `cannot be had (${code})`}`
}
