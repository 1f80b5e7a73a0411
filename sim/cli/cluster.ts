/** `sim cluster --nodes 3`: a local cluster, one process a node, until Ctrl-C. */
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pc from 'picocolors'
import type { CommandModule } from 'yargs'
import type { Control } from '../../net/cluster/control.js'
import { openControl } from '../../net/cluster/control.js'
import { roles } from '../../net/api/options.js'
import type { ClusterPlan } from '../../net/cluster/plan.js'
import {
  countBefore,
  lastLines,
  nodeFlagsOf,
  planCluster,
  tokenFile,
  writeCluster,
  writePrivate,
} from '../../net/cluster/plan.js'
import { freeBasePort } from '../../net/cluster/ports.js'
import type { NodeStatus } from '../../net/cluster/supervisor.js'
import { Supervisor } from '../../net/cluster/supervisor.js'
import { BadInput } from './exit.js'

interface ClusterOptions {
  readonly nodes: number
  readonly data: string
  readonly 'base-port': number
  readonly 'log-level': 'debug' | 'info' | 'warn' | 'error'
  readonly tokens: boolean
}

export const clusterCommand: CommandModule<object, ClusterOptions> = {
  command: 'cluster',
  describe: 'run a local live cluster, one process a node',
  builder: (yargs) =>
    yargs
      .option('nodes', { type: 'number', default: 3, describe: 'how many, from 1 to 16' })
      .option('data', {
        type: 'string',
        default: 'data',
        describe: 'folder of the cluster: a data folder, a configuration and a log per node',
      })
      .option('base-port', {
        type: 'number',
        default: 5_000,
        describe: 'port of the first node, the next one above it, and so on; 0: any that are free',
      })
      .option('tokens', {
        type: 'boolean',
        default: false,
        describe: 'clients need a token: one for each role, in the folder, for good',
      })
      .option('log-level', {
        choices: ['debug', 'info', 'warn', 'error'] as const,
        default: 'info' as const,
        describe: 'what nodes log; debug: every request, and every part of one at other nodes',
      }),
  handler: run,
}

const cli = fileURLToPath(new URL('./main.js', import.meta.url))

async function run(options: ClusterOptions): Promise<void> {
  const plan = await planOf(options)
  writeCluster(plan)
  const flags = nodeFlagsOf(plan.nodes.length)
  const supervisor = new Supervisor({
    plan,
    command: (file) => [process.execPath, ...flags, cli, 'node', '--config', file],
    changed: (node, why) => {
      report(supervisor, node, why)
    },
  })
  const stopped = untilStopped(supervisor)
  const control = await openControl(supervisor)
  writePrivate(
    join(plan.folder, 'control.json'),
    `${JSON.stringify({ url: control.url, token: control.token })}\n`,
  )
  try {
    await supervisor.startAll()
    printReady(plan, supervisor, control)
  } catch (error) {
    if (!supervisor.stopping) {
      await supervisor.stopAll()
      control.close()
      throw new BadInput(`the cluster did not start: ${(error as Error).message}`)
    }
  }
  await stopped
  control.close()
  process.stdout.write('stopped\n')
}

async function planOf(options: ClusterOptions): Promise<ClusterPlan> {
  const { nodes, data, 'base-port': port, 'log-level': logLevel, tokens } = options
  if (!Number.isInteger(nodes) || nodes < 1 || nodes > 16) {
    throw new BadInput('--nodes: give a whole number from 1 to 16, such as --nodes 3')
  }
  if (!Number.isInteger(port) || port < 0 || port > 64_000) {
    throw new BadInput('--base-port: give a whole number from 0 to 64000, such as --base-port 5000')
  }
  const before = countBefore(data)
  if (before !== null && before !== nodes) {
    throw new BadInput(
      `--data: ${data} holds a cluster of ${String(before)} nodes, and nodes cannot join or leave ` +
        `yet; say --nodes ${String(before)}, or name another folder`,
    )
  }
  const basePort = port === 0 ? await freeBasePort(nodes) : port
  return planCluster({ folder: data, nodes, basePort, logLevel, tokens })
}

/** Ends when all nodes have stopped, after a signal. */
function untilStopped(supervisor: Supervisor): Promise<void> {
  return new Promise((done, fail) => {
    const stop = (): void => {
      if (supervisor.stopping) return
      process.stdout.write('stopping\n')
      supervisor.stopAll().then(done, fail)
    }
    process.on('SIGINT', stop)
    process.on('SIGTERM', stop)
    process.on('SIGHUP', stop)
  })
}

function report(supervisor: Supervisor, { id, state, logFile }: NodeStatus, why: string): void {
  if (state === 'died') {
    process.stderr.write(`${id} has died (${why}); its log ends with:\n`)
    for (const line of lastLines(logFile, 3)) process.stderr.write(`  ${line}\n`)
  } else if (!supervisor.stopping && state !== 'starting') {
    process.stderr.write(`${pc.dim(`${id} ${state}`)}\n`)
  }
}

function printReady(plan: ClusterPlan, supervisor: Supervisor, control: Control): void {
  const lines = supervisor.status().map(({ id, url, dataFolder, logFile }) => {
    return `${id}  ${url}  data ${dataFolder}  log ${logFile}`
  })
  const [first] = supervisor.status()
  const files = plan.hasTokens ? roles.map((role) => join(plan.folder, tokenFile(role))) : []
  const [read, write] = files.map((file) => ` -H "authorization: Bearer $(cat '${file}')"`)
  const tokens = files.length === 0 ? '' : `tokens  ${files.join(' ')}\n\n`
  const example = `${first?.url ?? ''}/kv/hello`
  process.stdout.write(
    `${lines.join('\n')}\n\ncontrol ${control.url} (token in ${join(plan.folder, 'control.json')})\n\n${tokens}` +
      `try    curl -X PUT ${example}${write ?? ''} -H 'content-type: application/json' -d '{"value": "world"}'\n` +
      `       curl ${example}${read ?? ''}\nstop   Ctrl-C\n\nready\n`,
  )
}
