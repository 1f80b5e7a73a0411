/** What `sim plant` prints at its end, for a person. */
import Table from 'cli-table3'
import pc from 'picocolors'
import { isGood } from '../../../reports/plant/model.js'
import type { Hunt, PlantFile, Shrunk } from '../../../reports/plant/model.js'
import { number } from '../summary.js'

export function printPlant(file: PlantFile, paths: readonly string[]): void {
  const table = new Table({
    head: ['', 'bug', 'must fire', 'found', 'seeds', 'events', 'shrunk to', 'correct code'].map(
      (text) => pc.dim(text),
    ),
    style: { head: [], border: [], compact: true },
    wordWrap: true,
    colWidths: [5, 40, 12, 12, 7, 12, 18, 18],
  })
  for (const hunt of file.hunts) table.push(cells(hunt))
  const lines = ['', table.toString(), '', overall(file), '', ...paths.map((path) => `  ${path}`)]
  for (const { plant, notShrunk } of file.hunts) {
    if (notShrunk !== null) lines.push(pc.yellow(`${plant} is not shrunk: ${notShrunk}`))
  }
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
    shrunk === null ? '-' : shrunkText(shrunk),
    alarms === 0 ? `quiet, ${number(rest.cleanRuns)} runs` : pc.red(`${number(alarms)} alarms`),
  ]
}

function shrunkText({ faults, operations, isDrawn, text }: Shrunk): string {
  const lines = text.trimEnd().split('\n').length
  const asked = isDrawn ? 'drawn load' : counted(operations, 'op')
  return `${counted(faults, 'fault')}, ${asked}, ${counted(lines, 'line')}`
}

const counted = (count: number, what: string): string =>
  `${number(count)} ${what}${count === 1 ? '' : 's'}`

function overall({ hunts, planned, interrupted }: PlantFile): string {
  if (interrupted || hunts.length < planned) {
    const shrunk = hunts.filter((hunt) => hunt.shrunk !== null).length
    const looked = `${number(hunts.length)} of ${number(planned)} bugs looked for`
    return pc.yellow(`Interrupted: ${looked}, ${number(shrunk)} of them shrunk.`)
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
