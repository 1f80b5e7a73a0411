/** The folder of `sim plant`: plant.json, plant.csv, plant.html (docs/results.md). */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'csv-stringify/sync'
import type { PlantFile } from '../../../reports/plant/model.js'
import { plantPage } from '../../../reports/plant.js'

const header = [
  ...['row', 'plant', 'bug', 'must_fire', 'found', 'fired', 'seed', 'seeds_needed', 'events'],
  ...['shrunk_faults', 'shrunk_operations', 'clean_runs', 'false_alarms', 'scenario'],
]

export async function writePlant(folder: string, file: PlantFile): Promise<readonly string[]> {
  const rows = file.hunts.map((hunt) => [
    ...[hunt.row, hunt.plant, hunt.title, hunt.mustFire.join(' ')],
    ...[hunt.found === null ? 'no' : 'yes', hunt.found?.fired ?? '', hunt.found?.seed ?? ''],
    ...[hunt.seedsNeeded, hunt.found === null ? '' : hunt.events],
    ...[hunt.shrunk?.faults ?? '', hunt.shrunk?.operations ?? ''],
    ...[hunt.cleanRuns, hunt.falseAlarms.length, hunt.scenario],
  ])
  const paths = ['plant.html', 'plant.csv', 'plant.json'].map((name) => join(folder, name))
  const [page, table, json] = paths as [string, string, string]
  writeFileSync(page, await plantPage(file))
  writeFileSync(table, stringify([header, ...rows]))
  writeFileSync(json, `${JSON.stringify(file, null, 2)}\n`)
  return paths
}
