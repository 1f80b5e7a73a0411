import { createSocket } from 'node:dgram'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { planCluster, writeCluster } from '../../../net/cluster/plan.js'
import { freeBasePort, freePorts } from '../../../net/cluster/ports.js'
import { Supervisor } from '../../../net/cluster/supervisor.js'
import { linkPortOf } from '../../../net/config/place.js'
import { mainPath, Sandbox } from '../../sim/cli/command.js'

const sandbox = new Sandbox()

test.after(() => sandbox.remove())

test('supervisor: a node whose port is taken ends at once, and it is said why', async () => {
  const basePort = await freeBasePort(1)
  const taken = createSocket('udp4')
  await new Promise<void>((done) => taken.bind(linkPortOf(basePort), '127.0.0.1', done))
  const plan = planCluster({ folder: sandbox.path('taken'), nodes: 1, basePort })
  writeCluster(plan)
  const supervisor = new Supervisor({
    plan,
    command: (file) => [process.execPath, mainPath, 'node', '--config', file],
    changed: () => undefined,
  })
  const problem = await supervisor.startAll().then(
    () => 'it has started',
    (error: unknown) => (error as Error).message,
  )
  assert.match(problem, /^n1 ended with exit code 3: 127\.0\.0\.1:\d+ is in use: stop what/)
  assert.is(supervisor.status()[0]?.state, 'died')
  await new Promise<void>((done) => taken.close(done))
  await supervisor.startAll()
  assert.is(supervisor.status()[0]?.state, 'ready')
  await supervisor.stopAll()
})

test('ports: as many different ones as were asked for', async () => {
  const ports = await freePorts(40)
  assert.is(new Set(ports).size, 40)
})

test.run()
