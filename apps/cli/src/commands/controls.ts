import { parseArgs } from 'node:util'
import { CATALOGUE } from '@greengate/controls/catalogue'
import { JUDGES } from '@greengate/controls/judges'
import { FAMILIES, type Family, GreengateError, STANDARDS } from '@greengate/contracts'
import type { Command } from '../command.ts'

const USAGE = `Usage: greengate controls [--family FAMILY] [--proved] [--json]

Lists the whole catalogue: ${CATALOGUE.length} controls, which are proved and which are not yet.
  --family F   only one family, such as SEC
  --proved     only those that a check proves
  --standards  the built-in standards with their coverage
  --json       as JSON`

export const controls: Command = {
  name: 'controls',
  summary: 'lists the catalogue: what is proved and what is not yet',
  usage: USAGE,
  async run(args, io) {
    const { values } = parseArgs({
      args: [...args],
      options: {
        family: { type: 'string' },
        proved: { type: 'boolean' },
        standards: { type: 'boolean' },
        json: { type: 'boolean' },
      },
    })
    if (values.standards) return standards(values.json === true, io)
    const family = values.family?.toUpperCase()
    if (family !== undefined && !Object.hasOwn(FAMILIES, family)) {
      throw new GreengateError('CONTROL_UNKNOWN', `There is no family ${values.family}.`, {
        fix: `One of: ${Object.keys(FAMILIES).join(', ')}.`,
      })
    }
    const selected = CATALOGUE.filter(
      (control) =>
        (family === undefined || control.id.startsWith(`${family}-`)) &&
        (!values.proved || Object.hasOwn(JUDGES, control.id)),
    )
    if (values.json) {
      io.stdout.write(
        `${JSON.stringify(
          selected.map((control) => ({ ...control, proved: Object.hasOwn(JUDGES, control.id) })),
          null,
          2,
        )}\n`,
      )
      return 0
    }
    for (const key of Object.keys(FAMILIES) as Family[]) {
      const rows = selected.filter((control) => control.id.startsWith(`${key}-`))
      if (rows.length === 0) continue
      const proved = rows.filter((control) => Object.hasOwn(JUDGES, control.id)).length
      io.stdout.write(`\n${key}  ${FAMILIES[key]} (${proved} of ${rows.length} proved)\n`)
      for (const control of rows) {
        io.stdout.write(
          `  ${Object.hasOwn(JUDGES, control.id) ? 'proved ' : 'not yet'}  ${control.id}  ${control.title}\n`,
        )
      }
    }
    const proved = selected.filter((control) => Object.hasOwn(JUDGES, control.id)).length
    io.stdout.write(`\n${proved} of ${selected.length} controls are proved by a check.\n`)
    return 0
  },
}

async function standards(json: boolean, io: Parameters<Command['run']>[1]): Promise<0> {
  const { coverage, POLICIES, policyByName } = await import('@greengate/controls/standards')
  const rows = POLICIES.map((name) => ({ name, ...coverage(policyByName(name)) }))
  if (json) io.stdout.write(`${JSON.stringify(rows, null, 2)}\n`)
  else {
    for (const row of rows)
      io.stdout.write(
        `${row.name.padEnd(22)} ${String(row.proved).padStart(3)} of ${String(row.required).padStart(3)} controls are proved\n`,
      )
    io.stdout.write(
      `Standards: ${Object.values(STANDARDS).join(', ')}. A control that is required and not proved keeps the verdict red.\n`,
    )
  }
  return 0
}
