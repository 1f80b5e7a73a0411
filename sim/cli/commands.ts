/** The subcommands of `sim`, in the order of its help. */
import type { Argv } from 'yargs'
import { backupCommand } from './backup.js'
import { benchCommand } from './bench.js'
import { checkCommand } from './check.js'
import { clusterCommand } from './cluster.js'
import { faultsCommand } from './faults.js'
import { kvCommand } from './kv.js'
import { mergeCommand } from './merge.js'
import { nodeCommand } from './node.js'
import { plantCommand } from './plant.js'
import { replayCommand } from './replay.js'
import { reportCommand } from './report.js'
import { restoreCommand } from './restore.js'
import { ringCommand } from './ring.js'
import { runCommand } from './run.js'
import { shrinkCommand } from './shrink.js'
import { swarmCommand } from './swarm.js'
import { sweepCommand } from './sweep.js'

export const addCommands = (cli: Argv): Argv =>
  cli
    .command(runCommand)
    .command(replayCommand)
    .command(checkCommand)
    .command(reportCommand)
    .command(sweepCommand)
    .command(mergeCommand)
    .command(shrinkCommand)
    .command(faultsCommand)
    .command(ringCommand)
    .command(kvCommand)
    .command(benchCommand)
    .command(swarmCommand)
    .command(backupCommand)
    .command(restoreCommand)
    .command(plantCommand)
    .command(nodeCommand)
    .command(clusterCommand)
