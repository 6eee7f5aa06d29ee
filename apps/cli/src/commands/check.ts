import { parseArgs } from 'node:util'
import { resolve } from 'node:path'
import { GreengateError } from '@greengate/contracts'
import { createBoard, FORMATS, renderReport } from '@greengate/reports'
import type { Command } from '../command.ts'
import { performCheck } from '../check/perform.ts'
import { writeOutputs } from '../check/outputs.ts'

const USAGE = `Usage: greengate check [options]

Runs the checks that the policy asks for and decides. With no configuration at all it runs every check that needs none.
  --gate G        code, merge, deploy (default), rollout, watch, operate or handoff
  --standard S    a built-in standard instead of the configured policy
  --only IDS      only these controls or families: a partial verdict, which opens nothing
  --target NAMES  only these targets, components or the whole: a partial verdict as well
  --format F      pretty (default), json, junit, sarif, markdown or html, on standard output
  --out DIR       write all reports and the evidence bundle there; default .greengate/latest
  --environment E the environment this run is evidence about
  --config FILE   the configuration
  --fresh         observe again what an earlier run of identical inputs has observed`

export const check: Command = {
  name: 'check',
  summary: 'runs the checks, decides, signs what it saw and writes the report',
  usage: USAGE,
  async run(args, io) {
    const { values } = parseArgs({
      args: [...args],
      options: {
        gate: { type: 'string' },
        standard: { type: 'string' },
        only: { type: 'string', multiple: true },
        target: { type: 'string', multiple: true },
        format: { type: 'string', default: 'pretty' },
        out: { type: 'string' },
        environment: { type: 'string' },
        config: { type: 'string' },
        fresh: { type: 'boolean', default: false },
      },
    })
    const format = FORMATS.find((known) => known === values.format)
    if (!format)
      throw new GreengateError('USAGE', `There is no format ${values.format}.`, {
        where: '--format',
        fix: `One of: ${FORMATS.join(', ')}.`,
      })
    // Progress never mixes with a report that another program reads.
    const board = createBoard({ stream: format === 'pretty' ? io.stdout : io.stderr, env: io.env })
    try {
      const done = await performCheck({
        cwd: io.cwd,
        env: io.env,
        signal: io.signal,
        gate: values.gate,
        standard: values.standard,
        only: values.only,
        targets: values.target,
        environment: values.environment,
        configFile: values.config,
        fresh: values.fresh,
        onEvent: (event) => board.onEvent(event),
      })
      board.close()
      const out = resolve(io.cwd, values.out ?? done.defaultOut)
      const files = await writeOutputs(out, done)
      io.stdout.write(renderReport(done.report, format, { color: board.color, columns: io.stdout.columns ?? 100 }))
      if (format === 'pretty')
        io.stdout.write(`\nReport    ${files.html}\nEvidence  ${done.bundleDir ?? 'none was kept'}\n`)
      return done.report.verdict === 'green' ? 0 : 1
    } finally {
      board.close()
    }
  },
}
