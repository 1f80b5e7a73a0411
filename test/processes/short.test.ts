/** Real processes are killed, paused and cut off under load: nothing acknowledged is lost. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { run } from './trial.js'
import { short } from './trials.js'

for (const trial of short) {
  test(`processes: ${trial.name}`, async () => {
    const { problems, answered } = await run(trial)
    assert.equal(problems, [])
    assert.ok(answered > 0)
  })
}

test.run()
