/** A process that writes until it is killed, and tells its parent what is durable. */
import { openLog } from '../../../net/disk/log.js'
import { life, self, written } from './folder.js'

const folder = process.argv[2] as string
const { log } = await openLog({ folder, clusterId: 'c', nodeId: self })
log.append([life(1)], () => undefined)
const limit = 100_000
let n = 0
function next(): void {
  if (n === limit) process.exit(1)
  const mine = ++n
  log.append([written(`k${String(mine)}`, mine)], () => {
    process.send?.(mine)
    next()
  })
}
for (let writers = 0; writers < 8; writers++) next()
