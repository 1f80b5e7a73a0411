/**
 * The subcommands of `sim`, in the order of its help. What is run is loaded, and not the rest: half
 * of what there is to load are a server and a browser's page, and a simulation wants neither. A
 * node is a process for weeks, and all that is loaded is looked at by each of its collections.
 */
import type { Argv } from 'yargs'

type Load = (cli: Argv) => Promise<Argv>

const commands: Readonly<Record<string, Load>> = {
  run: async (cli) => cli.command((await import('./run.js')).runCommand),
  replay: async (cli) => cli.command((await import('./replay.js')).replayCommand),
  check: async (cli) => cli.command((await import('./check.js')).checkCommand),
  report: async (cli) => cli.command((await import('./report.js')).reportCommand),
  sweep: async (cli) => cli.command((await import('./sweep.js')).sweepCommand),
  merge: async (cli) => cli.command((await import('./merge.js')).mergeCommand),
  shrink: async (cli) => cli.command((await import('./shrink.js')).shrinkCommand),
  faults: async (cli) => cli.command((await import('./faults.js')).faultsCommand),
  ring: async (cli) => cli.command((await import('./ring.js')).ringCommand),
  kv: async (cli) => cli.command((await import('./kv.js')).kvCommand),
  bench: async (cli) => cli.command((await import('./bench.js')).benchCommand),
  swarm: async (cli) => cli.command((await import('./swarm.js')).swarmCommand),
  backup: async (cli) => cli.command((await import('./backup.js')).backupCommand),
  restore: async (cli) => cli.command((await import('./restore.js')).restoreCommand),
  plant: async (cli) => cli.command((await import('./plant.js')).plantCommand),
  node: async (cli) => cli.command((await import('./node.js')).nodeCommand),
  cluster: async (cli) => cli.command((await import('./cluster.js')).clusterCommand),
}

/** Only the first word's, if it is one of them; for help and for mistakes all of them. */
export async function addCommands(cli: Argv, first: string | undefined): Promise<Argv> {
  if (first !== undefined && Object.hasOwn(commands, first)) return (commands[first] as Load)(cli)
  let all = cli
  for (const load of Object.values(commands)) all = await load(all)
  return all
}
