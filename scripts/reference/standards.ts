import { CONTROLS } from '@greengate/controls/catalogue'
import { JUDGES } from '@greengate/controls/judges'
import { BUILT_IN_EXPIRES, coverage, POLICIES, policyByName } from '@greengate/controls/standards'
import { generatedFrom, table } from './markdown.ts'

/** A control's id as a link to its place in the page of the controls. */
function link(id: string): string {
  return `[${id}](controls.md#${id.toLowerCase()})`
}

/** Policy by policy what is proved, what is not, and which parameters differ from the default. */
function section(name: string): string[] {
  const policy = policyByName(name)
  const ids = policy.require.map((requirement) => requirement.control)
  const missing = ids.filter((id) => !(id in JUDGES))
  const own = policy.require.flatMap((requirement) => {
    const defaults = CONTROLS.get(requirement.control)?.params ?? {}
    return Object.entries(requirement.params)
      .filter(([key, value]) => JSON.stringify(defaults[key]) !== JSON.stringify(value))
      .map(([key, value]) => `- ${link(requirement.control)}: \`${key}\` = \`${JSON.stringify(value)}\``)
  })
  const lines = [`## ${name}`, '']
  lines.push(
    `Proved (${ids.length - missing.length}): ${ids
      .filter((id) => id in JUDGES)
      .map(link)
      .join(' ')}`,
    '',
  )
  if (missing.length > 0) lines.push(`Not yet (${missing.length}): ${missing.map(link).join(' ')}`, '')
  if (own.length > 0) lines.push('Parameters of its own:', '', ...own, '')
  return lines
}

/** `standards.md`: the coverage of each built-in policy, counted and not rounded up. */
export function standardsPage(): string {
  const lines = [
    generatedFrom('packages/controls/src/standards'),
    '',
    '# Standards and built-in policies',
    '',
    'Five readiness documents are built in as policies under their names. A policy is green only when every control that it',
    'lists is proved and passes, so a standard that is not covered whole can not turn green yet, whatever the service does.',
    '`baseline` lists exactly the controls that are proved. Several standards are adopted together by joining their names',
    'with `+`: their controls are united, and each parameter takes the stricter value.',
    `All of them expire at ${BUILT_IN_EXPIRES}; a release moves that date.`,
    '',
    ...table(
      ['policy', 'proved', 'required', 'share proved', 'catalogue'],
      POLICIES.map((name) => {
        const { proved, required, catalogue } = coverage(policyByName(name))
        return [name, `${proved}`, `${required}`, `${Math.floor((proved * 100) / required)} %`, `${catalogue}`]
      }),
    ),
    '',
  ]
  for (const name of POLICIES) lines.push(...section(name))
  return lines.join('\n')
}
