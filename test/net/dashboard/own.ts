/** A local cluster, three real processes, for the tests of one file and their browser. */
import type { Test } from 'uvu'
import { Sandbox } from '../../sim/cli/command.js'
import { Cluster } from '../cluster.js'
import { closeBrowser } from './page.js'

/** Started before the first test, stopped after the last. `words`: more of `sim cluster`. */
export function ownCluster(test: Test, words: readonly string[] = []) {
  const sandbox = new Sandbox()
  let started: Cluster | null = null
  test.before(async () => {
    started = await Cluster.start(sandbox.path('cluster'), 3, words)
  })
  test.after(async () => {
    await closeBrowser()
    await started?.interrupt()
    sandbox.remove()
  })
  const cluster = (): Cluster => {
    if (started === null) throw new Error('no cluster')
    return started
  }
  return { cluster, fileOf: (name: string) => sandbox.path('cluster', name) }
}
