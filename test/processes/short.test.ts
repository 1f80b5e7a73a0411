/** Real processes are killed, paused and cut off under load: nothing acknowledged is lost. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { whyNoSmallDisk } from './smalldisk.js'
import { run } from './trial.js'
import { short } from './trials.js'

const noSmallDisk = whyNoSmallDisk()
if (noSmallDisk !== null)
  console.log(`no full disk is tried, for this system has none: ${noSmallDisk}`)

for (const trial of short.filter(({ fills }) => fills === undefined || noSmallDisk === null)) {
  test(`processes: ${trial.name}`, async () => {
    const { problems, answered } = await run(trial)
    assert.equal(problems, [])
    assert.ok(answered > 0)
  })
}

test.run()
