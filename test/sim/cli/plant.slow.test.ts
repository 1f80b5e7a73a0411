/** The correct code is quiet in more seeds than plant.test.ts has time for. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { PlantFile } from '../../../reports/plant/model.js'
import { Sandbox } from './command.js'

const sandbox = new Sandbox()

test('plant: every bug is found, and the correct code is quiet, in five seeds each', async () => {
  const args = ['plant', '--seeds', '5', '--no-shrink', '--json']
  const { code, stdout, stderr } = await sandbox.run(...args)
  const { hunts } = JSON.parse(stdout) as PlantFile
  for (const { plant, found, others, falseAlarms } of hunts) {
    assert.ok(found !== null, `${plant}: ${JSON.stringify(others)}`)
    assert.equal(falseAlarms, [], plant)
  }
  assert.is(hunts.length, 24)
  assert.is(code, 0, stderr)
})

test.after(() => {
  sandbox.remove()
})

test.run()
