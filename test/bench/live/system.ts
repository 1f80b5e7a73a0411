/** What is measured: three processes of the reference, three live nodes; and their load. */
import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { appendFileSync, closeSync, mkdirSync, openSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { nodeFlagsOf, planCluster, writeCluster } from '../../../net/cluster/plan.js'
import { freeBasePort } from '../../../net/cluster/ports.js'
import type { Job, Result } from './load.js'

const here = dirname(fileURLToPath(import.meta.url))
const sim = join(here, '../../../sim/cli/main.js')
const nodes = 3
const mostStartMillis = 20_000

export type SystemName = 'bare' | 'ours' | 'etcd'

export interface System {
  readonly name: SystemName
  readonly ports: readonly number[]
  readonly children: readonly ChildProcess[]
}

export const pidsOf = ({ children }: System): readonly number[] =>
  children.flatMap(({ pid }) => (pid === undefined ? [] : [pid]))

/** `profile`: a folder for one processor profile a node; null: none is made. */
export async function startReference(folder: string, profile: string | null): Promise<System> {
  const base = await freeBasePort(nodes)
  const ports = numbers.map((index) => base + index)
  const links = ports.map((port) => port + 1_000).join(',')
  const children = numbers.map((index) => {
    const words = [String(index), join(folder, String(index)), ports.join(','), links]
    return startNode(join(here, 'reference.js'), words, { log: join(folder, 'log.txt'), profile })
  })
  return ready({ name: 'bare', ports, children }, '/')
}

/** As `sim cluster` starts them, and a bucket more. `hedge`: reads ask R nodes first, not all. */
export async function startCluster(
  folder: string,
  profile: string | null,
  hedge = false,
): Promise<System> {
  const plan = planCluster({ folder, nodes, basePort: await freeBasePort(nodes) })
  writeCluster(plan)
  const children = plan.nodes.map(({ configFile, logFile }) => {
    appendFileSync(configFile, moreConfig(hedge))
    return startNode(sim, ['node', '--config', configFile], { log: logFile, profile })
  })
  const ports = plan.nodes.map(({ port }) => port)
  return ready({ name: 'ours', ports, children }, '/readyz')
}

export const numbers = Array.from({ length: nodes }, (_, index) => index)

const moreConfig = (
  hedge: boolean,
): string => `replication: { n: 3, r: 2, w: 2, hedge: ${String(hedge)} }
buckets: { default: { conflict: siblings }, latest: { conflict: lww } }
`

interface Surroundings {
  readonly log: string
  readonly profile: string | null
}

const running = new Set<ChildProcess>()

function startNode(file: string, words: readonly string[], { log, profile }: Surroundings) {
  const more = profile === null ? [] : ['--cpu-prof', '--cpu-prof-dir', profile]
  return start(process.execPath, [...nodeFlagsOf(nodes), ...more, file, ...words], log)
}

/** What it says goes to a file. */
export function start(program: string, words: readonly string[], log: string): ChildProcess {
  mkdirSync(dirname(log), { recursive: true })
  const output = openSync(log, 'a')
  // The pipe to its input ends with this process, whatever becomes of that.
  const child = spawn(program, words, { stdio: ['pipe', output, output] })
  closeSync(output)
  running.add(child)
  child.once('exit', () => running.delete(child))
  return child
}

/** `path`: answers well once it serves. */
export async function ready(system: System, path: string): Promise<System> {
  const untilMillis = performance.now() + mostStartMillis
  for (const port of system.ports) {
    while (!(await answers(port, path))) {
      const died = system.children.find(({ exitCode }) => exitCode !== null)
      if (died !== undefined || performance.now() > untilMillis) {
        throw new Error(`${system.name}: port ${String(port)} does not answer`)
      }
      await sleep(50)
    }
  }
  return system
}

async function answers(port: number, path: string): Promise<boolean> {
  try {
    return (await fetch(`http://127.0.0.1:${String(port)}${path}`)).ok
  } catch {
    return false
  }
}

export async function stop({ children }: System): Promise<void> {
  const ends = children.map(
    (child) =>
      new Promise<void>((done) => {
        if (child.exitCode !== null || child.signalCode !== null) done()
        else child.once('exit', () => done())
      }),
  )
  for (const child of children) child.kill('SIGTERM')
  const alarm = setTimeout(killAll, mostStartMillis)
  await Promise.all(ends)
  clearTimeout(alarm)
}

/** Whatever this process has started, and nothing else. */
export function killAll(): void {
  for (const child of running) child.kill('SIGKILL')
}

/** One job, in a process of its own. */
export async function load(job: Job): Promise<Result> {
  const child = spawn(process.execPath, [join(here, 'load.js'), JSON.stringify(job)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  running.add(child)
  const chunks: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
  const code = await new Promise((done) => child.once('close', done))
  running.delete(child)
  if (code !== 0) throw new Error(`the load on port ${String(job.ports[0])} ended early`)
  return JSON.parse(Buffer.concat(chunks).toString()) as Result
}
