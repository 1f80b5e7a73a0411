/** Looks at the nodes of a soak now and then, and tells in the end what has become of them. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import Table from 'cli-table3'
import { NodeGone } from './gone.js'
import { liveHeapBytes } from './heap.js'
import type { Sample, Trend } from './trend.js'
import { descriptorTrend, folderTrend, heapTrend, residentTrend } from './trend.js'

export interface Watched {
  readonly id: string
  readonly pid: number
  readonly dataFolder: string
  readonly logFile: string
}

export interface Finding {
  readonly problems: readonly string[]
  /** What nobody can say after so short a time. */
  readonly unknown: readonly string[]
}

const mebibyte = 1_048_576

interface Measure {
  readonly name: string
  readonly of: (sample: Sample) => number | null
  readonly trend: (samples: readonly Sample[]) => Trend | null
  readonly unit: number
}

const measures: readonly Measure[] = [
  { name: 'heap, MiB', of: (s) => s.heapBytes, trend: heapTrend, unit: mebibyte },
  { name: 'resident, MiB', of: (s) => s.residentBytes, trend: residentTrend, unit: mebibyte },
  { name: 'descriptors', of: (s) => s.descriptors, trend: descriptorTrend, unit: 1 },
  { name: 'folder, MiB', of: (s) => s.folderBytes, trend: folderTrend, unit: mebibyte },
]

export class Watch {
  readonly #nodes: readonly Watched[]
  readonly #samples: ReadonlyMap<string, Sample[]>

  constructor(nodes: readonly Watched[]) {
    this.#nodes = nodes
    this.#samples = new Map(nodes.map(({ id }) => [id, []]))
  }

  /** All nodes, one after the other: not all of them collect their garbage at once. */
  async look(seconds: number, operations: number, writes: number): Promise<void> {
    for (const { id, pid, dataFolder, logFile } of this.#nodes) {
      const heapBytes = await liveHeapBytes(logFile)
      if (!existsSync(`/proc/${String(pid)}`)) {
        throw new NodeGone(`${id} has ended; its log, ${logFile}, may say why`)
      }
      this.#samples.get(id)?.push({
        ...{ seconds, operations, writes, heapBytes },
        ...{ residentBytes: residentBytes(pid), descriptors: descriptors(pid) },
        folderBytes: folderBytes(dataFolder),
      })
    }
  }

  /** What was seen last, for who waits. */
  line(): string {
    return this.#nodes
      .map(({ id }) => {
        const last = this.#samples.get(id)?.at(-1)
        if (last === undefined) return id
        return `${id} ${measures.map((each) => shown(each, last)).join(' / ')}`
      })
      .join(', ')
  }

  table(): string {
    const head = ['', 'of', 'start', 'quarter', 'half', 'end', 'per million operations', 'verdict']
    const table = new Table({ head, style: { head: [], border: [] } })
    for (const { id } of this.#nodes) {
      const samples = this.#samples.get(id) ?? []
      for (const measure of measures) {
        const trend = measure.trend(samples)
        table.push([
          ...[id, measure.name],
          ...[0, 0.25, 0.5, 1].map((share) => shown(measure, at(samples, share))),
          trend === null ? '–' : (trend.perMillion / measure.unit).toFixed(2),
          trend === null ? 'unknown' : trend.grows ? 'grows' : 'flat',
        ])
      }
    }
    return table.toString()
  }

  finding(): Finding {
    const problems: string[] = []
    const unknown: string[] = []
    for (const { id } of this.#nodes) {
      for (const { name, trend, unit } of measures) {
        const found = trend(this.#samples.get(id) ?? [])
        const [what] = name.split(',')
        if (found === null) unknown.push(`${id}: ${what ?? name}`)
        else if (found.grows) {
          const text = (value: number): string => (value / unit).toFixed(0)
          problems.push(`${id}: its ${name} grow: ${text(found.before)} then ${text(found.after)}`)
        }
      }
    }
    return { problems, unknown }
  }

  csv(): string {
    const names = ['node', 'seconds', 'operations', 'writes_per_node']
    const columns = ['heap_bytes', 'resident_bytes', 'descriptors', 'folder_bytes']
    const rows = [...this.#samples].flatMap(([id, samples]) =>
      samples.map((s) => {
        const { seconds, operations, writes, heapBytes } = s
        const time = seconds.toFixed(1)
        const held = [heapBytes ?? '', s.residentBytes, s.descriptors, s.folderBytes]
        return [id, time, operations, writes, ...held].join(',')
      }),
    )
    return `${[[...names, ...columns].join(','), ...rows].join('\n')}\n`
  }
}

function at(samples: readonly Sample[], share: number): Sample | undefined {
  const last = samples.at(-1)
  return samples.find(({ operations }) => operations >= share * (last?.operations ?? 0)) ?? last
}

function shown({ of, unit }: Measure, sample: Sample | undefined): string {
  const value = sample === undefined ? null : of(sample)
  return value === null ? '–' : (value / unit).toFixed(unit === 1 ? 0 : 1)
}

/** Linux only, as all of this. */
function residentBytes(pid: number): number {
  const status = readFileSync(`/proc/${String(pid)}/status`, 'utf8')
  return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0) * 1_024
}

const descriptors = (pid: number): number => readdirSync(`/proc/${String(pid)}/fd`).length

/** Files come and go meanwhile. */
function folderBytes(folder: string): number {
  let bytes = 0
  for (const name of readdirSync(folder)) {
    bytes += statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0
  }
  return bytes
}
