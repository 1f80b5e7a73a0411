/** What `sim plant` prints at its end, for a person. */
import Table from 'cli-table3'
import pc from 'picocolors'
import { isGood } from '../../../reports/plant/model.js'
import type { Hunt, PlantFile } from '../../../reports/plant/model.js'
import { number } from '../summary.js'

export function printPlant(file: PlantFile, paths: readonly string[]): void {
  const table = new Table({
    head: ['', 'bug', 'must fire', 'found', 'seeds', 'events', 'shrunk to', 'correct code'].map(
      (text) => pc.dim(text),
    ),
    style: { head: [], border: [], compact: true },
    wordWrap: true,
    colWidths: [5, 42, 12, 12, 7, 12, 14, 18],
  })
  for (const hunt of file.hunts) table.push(cells(hunt))
  const lines = ['', table.toString(), '', overall(file), '', ...paths.map((path) => `  ${path}`)]
  lines.push('', ...file.hunts.filter((hunt) => !isGood(hunt)).flatMap(trouble), file.command, '')
  process.stdout.write(lines.join('\n'))
}

function cells({ row, title, mustFire, found, seedsNeeded, events, shrunk, ...rest }: Hunt) {
  const alarms = rest.falseAlarms.length
  return [
    String(row),
    title,
    mustFire.join(' '),
    found === null ? pc.red('not found') : pc.green(found.fired),
    number(seedsNeeded),
    found === null ? '-' : number(events),
    shrunk === null ? '-' : `${String(shrunk.faults)}, ${String(shrunk.operations)}`,
    alarms === 0 ? `quiet, ${number(rest.cleanRuns)} runs` : pc.red(`${number(alarms)} alarms`),
  ]
}

function overall({ hunts, planned, interrupted }: PlantFile): string {
  if (interrupted || hunts.length < planned) {
    return pc.yellow(`Interrupted: ${number(hunts.length)} of ${number(planned)} bugs looked for.`)
  }
  const found = hunts.filter((hunt) => hunt.found !== null).length
  if (hunts.every(isGood)) {
    return pc.green(`All ${number(found)} found, and the correct code is quiet.`)
  }
  return pc.red(`${number(found)} of ${number(hunts.length)} found as they must be.`)
}

function trouble({ title, command, found, others, falseAlarms }: Hunt): readonly string[] {
  const alarms = [...(found === null ? others : []), ...falseAlarms]
  const said = alarms.map(({ seed, fired, summary }) => {
    const who = falseAlarms.some((alarm) => alarm.seed === seed && alarm.summary === summary)
    return `  seed ${String(seed)}${who ? ', correct code' : ''}: ${fired}: ${summary}`
  })
  return [pc.red(title), ...said, `  ${command}`, '']
}
