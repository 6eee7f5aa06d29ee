import { CATALOGUE } from '@greengate/controls/catalogue'
import { checkDigests } from '@greengate/controls/digests'
import type { ControlSpec, Inventory, Target } from '@greengate/contracts'

/** What a decision knows of the catalogue and of the service's targets. */
export function inventoryOf(service: string, environment: string, served: ReadonlySet<string> = new Set()): Inventory {
  const digests = checkDigests()
  const targets: readonly Target[] = [
    { id: service, kind: 'component', source: 'configured' },
    { id: `${service} (system)`, kind: 'system', source: 'configured' },
    { id: `${service} (edge)`, kind: 'edge', source: 'configured' },
    { id: environment, kind: 'environment', source: 'configured' },
    { id: `${service} (team)`, kind: 'team', source: 'configured' },
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
