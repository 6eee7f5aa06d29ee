import { parseArgs } from 'node:util'
import { exportTree } from '@greengate/bench/tree'
import { GreengateError } from '@greengate/contracts'
import { discover, renderConfig, writeConfig } from '@greengate/facts'
import { join } from 'node:path'
import { findConfig } from '@greengate/configuration'
import type { Command } from '../command.ts'

export const init: Command = {
  name: 'init',
  summary: 'writes a configuration with what it found out, and how it knew',
  usage: `Usage: greengate init [--format yaml|ts] [--print]

Finds the start command, port, dependencies, health paths, OpenAPI, tests and pipelines, and writes greengate.yaml.
  --format F   yaml (default) or ts
  --print      print it instead of writing a file`,
  async run(args, io) {
    const { values } = parseArgs({
      args: [...args],
      options: { format: { type: 'string', default: 'yaml' }, print: { type: 'boolean' } },
    })
    const format = values.format
    if (format !== 'yaml' && format !== 'ts')
      throw new GreengateError('USAGE', `There is no format ${format}.`, { where: '--format', fix: 'Use yaml or ts.' })
    const existing = await findConfig({ cwd: io.cwd })
    if (existing !== null && !values.print) {
      throw new GreengateError('USAGE', 'There is a configuration already.', {
        where: existing,
        fix: 'Use --print and compare, or remove it first.',
      })
    }
    const tree = await exportTree({
      dir: io.cwd,
      exclude: [],
      stateDir: join(io.cwd, '.greengate'),
      runId: `init-${process.pid}`,
      signal: io.signal,
    })
    try {
      const discovery = await discover(tree)
      if (values.print) {
        io.stdout.write(renderConfig(discovery, format))
        return 0
      }
      const file = await writeConfig(discovery, format, io.cwd)
      io.stdout.write(`Wrote ${file}\nRead it once: each line says how it was found out. Then run greengate check.\n`)
      return 0
    } finally {
      await tree.close()
    }
  },
}
