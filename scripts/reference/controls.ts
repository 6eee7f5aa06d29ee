import { type Control, FAMILIES, type Family, STANDARDS } from '@greengate/contracts'
import { CAPABILITIES, CATALOGUE } from '@greengate/controls/catalogue'
import { JUDGES } from '@greengate/controls/judges'
import { generatedFrom, literal, steps, table } from './markdown.ts'

const SECONDS_PER_DAY = 86_400

function isProved(control: Control): boolean {
  return control.id in JUDGES
}

function standardNames(control: Control | (typeof CAPABILITIES)[number]): string {
  return control.standards.map((key) => STANDARDS[key]).join(', ')
}

function overview(controls: readonly Control[]): string[] {
  return table(
    ['id', 'control', 'gates', 'proof', 'check'],
    controls.map((control) => [
      `[${control.id}](#${control.id.toLowerCase()})`,
      literal(control.title),
      control.gates.join(' '),
      control.proof.join(', '),
      isProved(control) ? 'proved' : 'not yet',
    ]),
  )
}

function parameters(control: Control): string[] {
  const lines = Object.entries(control.params).map(([name, value]) => `- \`${name}\`: \`${JSON.stringify(value)}\``)
  for (const [key, params] of Object.entries(control.standardParams ?? {})) {
    for (const [name, value] of Object.entries(params)) {
      lines.push(`- \`${name}\` under ${STANDARDS[key as keyof typeof STANDARDS]}: \`${JSON.stringify(value)}\``)
    }
  }
  return lines.length === 0 ? [] : ['', 'Parameters:', '', ...lines]
}

function details(control: Control): string[] {
  const facts = [
    isProved(control) ? 'proved by a check' : '**not yet proved: no check exists**',
    `gates: ${control.gates.join(', ')}`,
    `standards: ${standardNames(control) || 'none, only post-mortems ask for it'}`,
    `proof: ${control.proof.join(', ')}`,
    `judged per ${control.scope.join(', ')}`,
    `bound to ${control.binds.join(', ')}`,
    `expires after ${control.maxAgeS / SECONDS_PER_DAY} days`,
    ...(control.objectFact === undefined ? [] : [`applies where there is: ${control.objectFact}`]),
  ]
  return [
    `#### ${control.id}`,
    '',
    `**${literal(control.title)}**`,
    '',
    literal(control.why),
    '',
    'What to do:',
    '',
    ...steps(literal(control.fix)),
    '',
    ...facts.map((fact) => `- ${fact}`),
    ...parameters(control),
    '',
  ]
}

/** `controls.md`: every control with what is proved and what is not, then the capabilities of the platform. */
export function controlsPage(): string {
  const proved = CATALOGUE.filter(isProved).length
  const lines = [
    generatedFrom('packages/controls/src'),
    '',
    '# Controls',
    '',
    `${CATALOGUE.length} controls in ${Object.keys(FAMILIES).length} families. **${proved} are proved** by a check, the other`,
    `${CATALOGUE.length - proved} are not yet: a policy that asks for one of them is red. The ${CAPABILITIES.length} capabilities of the`,
    'reference platform stand at the end; they are not controls.',
    '',
  ]
  for (const family of Object.keys(FAMILIES) as Family[]) {
    const controls = CATALOGUE.filter((control) => control.id.startsWith(`${family}-`))
    lines.push(`## ${family} ${FAMILIES[family]}`, '', ...overview(controls), '', `### ${family} in detail`, '')
    for (const control of controls) lines.push(...details(control))
  }
  lines.push('## PLT The reference platform', '')
  lines.push(
    ...table(
      ['id', 'capability', 'standards'],
      CAPABILITIES.map((capability) => [capability.id, literal(capability.title), standardNames(capability)]),
    ),
    '',
  )
  return lines.join('\n')
}
