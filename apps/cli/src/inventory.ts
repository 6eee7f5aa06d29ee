import { CATALOGUE } from '@greengate/controls/catalogue'
import { checkDigests } from '@greengate/controls/digests'
import type { ControlSpec, Inventory, Subject, Target, TargetKind } from '@greengate/contracts'

/** A target and all that it is: a service that stands alone is component, edge and system in one. */
export interface TargetRole {
  readonly id: string
  readonly kinds: readonly TargetKind[]
}

/** What there is to judge of a subject: the whole under its own name, and each component of a system. */
export function targetRoles({ name, components = [] }: Pick<Subject, 'name' | 'components'>): readonly TargetRole[] {
  if (components.length === 0) return [{ id: name, kinds: ['component', 'system', 'edge'] }]
  return [
    { id: name, kinds: ['system', 'edge'] },
    ...components.map((id): TargetRole => ({ id, kinds: ['component'] })),
  ]
}

/** What a decision knows of the catalogue and of the subject's targets. */
export function inventoryOf(
  subject: Pick<Subject, 'name' | 'components'>,
  environment: string,
  served: ReadonlySet<string> = new Set(),
): Inventory {
  const digests = checkDigests()
  const targets: readonly Target[] = [
    ...targetRoles(subject).flatMap(({ id, kinds }) =>
      kinds.map((kind): Target => ({ id, kind, source: 'configured' })),
    ),
    { id: environment, kind: 'environment', source: 'configured' },
    { id: `${subject.name} (team)`, kind: 'team', source: 'configured' },
  ]
  const controls = new Map(
    CATALOGUE.map((control): [string, ControlSpec] => [
      control.id,
      {
        id: control.id,
        scope: control.scope,
        binds: control.binds,
        maxAgeS: control.maxAgeS,
        checkDigest: digests.get(control.id) ?? '',
        ...(control.objectFact ? { objectFact: control.objectFact } : {}),
      },
    ]),
  )
  return { targets, controls, catalogue: CATALOGUE.length, served }
}
