/** The folder of `sim plant`: tables, page, and what was made small (docs/results.md). */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'csv-stringify/sync'
import type { PlantFile, Shrunk } from '../../../reports/plant/model.js'
import { plantPage } from '../../../reports/plant.js'
import { shrunkPath } from './crew.js'

const header = [
  ...['row', 'plant', 'bug', 'must_fire', 'found', 'fired', 'seed', 'seeds_needed', 'events'],
  ...['shrunk_faults', 'shrunk_operations', 'shrunk_nodes', 'shrunk_micros', 'shrunk_workload'],
  ...['clean_runs', 'false_alarms', 'scenario'],
]

export async function writePlant(folder: string, file: PlantFile): Promise<readonly string[]> {
  const rows = file.hunts.map((hunt) => [
    ...[hunt.row, hunt.plant, hunt.title, hunt.mustFire.join(' ')],
    ...[hunt.found === null ? 'no' : 'yes', hunt.found?.fired ?? '', hunt.found?.seed ?? ''],
    ...[hunt.seedsNeeded, hunt.found === null ? '' : hunt.events],
    ...shrunkCells(hunt.shrunk),
    ...[hunt.cleanRuns, hunt.falseAlarms.length, hunt.scenario],
  ])
  const paths = ['plant.html', 'plant.csv', 'plant.json'].map((name) => join(folder, name))
  const [page, table, json] = paths as [string, string, string]
  for (const { plant, shrunk } of file.hunts) {
    if (shrunk === null) continue
    mkdirSync(join(folder, 'shrunk'), { recursive: true })
    writeFileSync(shrunkPath(folder, plant), shrunk.text)
  }
  writeFileSync(page, await plantPage(file))
  writeFileSync(table, stringify([header, ...rows]))
  writeFileSync(json, `${JSON.stringify(file, null, 2)}\n`)
  return paths
}

function shrunkCells(shrunk: Shrunk | null): readonly (string | number)[] {
  if (shrunk === null) return ['', '', '', '', '']
  const { faults, operations, nodes, durationMicros, isDrawn } = shrunk
  return [faults, operations, nodes, durationMicros, isDrawn ? 'drawn' : 'listed']
}
