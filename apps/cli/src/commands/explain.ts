import { parseArgs } from 'node:util'
import { CONTROLS } from '@greengate/controls/catalogue'
import { JUDGES } from '@greengate/controls/judges'
import { GreengateError, STANDARDS } from '@greengate/contracts'
import type { Command } from '../command.ts'

export const explain: Command = {
  name: 'explain',
  summary: 'says what a control is about, how it is proved and how to fix it',
  usage: 'Usage: greengate explain ID',
  async run(args, io) {
    const { positionals } = parseArgs({ args: [...args], allowPositionals: true, options: {} })
    const id = positionals[0]?.toUpperCase()
    if (id === undefined)
      throw new GreengateError('USAGE', 'Name a control.', { fix: 'For example: greengate explain RES-10' })
    const control = CONTROLS.get(id)
    if (!control) throw new GreengateError('CONTROL_UNKNOWN', `There is no control ${id}.`, { where: id })
    const standards = control.standards.map((key) => STANDARDS[key])
    const lines = [
      `${control.id}  ${control.title}`,
      '',
      `Why        ${control.why}`,
      `Fix        ${control.fix}`,
      `Gates      ${control.gates.join(', ')}`,
      `Standards  ${standards.length > 0 ? standards.join(', ') : 'none; post-mortems ask for it'}`,
      `Proof      ${control.proof.join(', ')}`,
      `Evidence   is bound to ${control.binds.join(', ')} and expires after ${Math.round(control.maxAgeS / 86_400)} days`,
      `Parameters ${JSON.stringify(control.params)}`,
    ]
    const load = JUDGES[control.id]
    if (load) {
      const judge = await load()
      const refutations = judge.refutations.map((refutation) => `${refutation.id} (${refutation.breaks})`)
      lines.push(`Aspects    ${judge.aspects.join(', ')}`, `Refuted by ${refutations.join(', ')}`)
    } else lines.push('Not yet    There is no check for it: a policy that requires it stays red.')
    io.stdout.write(`${lines.join('\n')}\n`)
    return 0
  },
}
