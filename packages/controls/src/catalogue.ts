import type { Control } from '@greengate/contracts'
import { cfg } from './cfg/index.ts'
import { scr } from './scr/index.ts'
import { err } from './err/index.ts'
import { res } from './res/index.ts'
import { obs } from './obs/index.ts'
import { sec } from './sec/index.ts'
import { sup } from './sup/index.ts'
import { dat } from './dat/index.ts'
import { api } from './api/index.ts'
import { prf } from './prf/index.ts'
import { dep } from './dep/index.ts'
import { ops } from './ops/index.ts'
import { qlt } from './qlt/index.ts'
import { cmp } from './cmp/index.ts'

export { CAPABILITIES, type Capability } from './capabilities.ts'

/** The whole catalogue: what is proved and what is not yet. */
export const CATALOGUE: readonly Control[] = [
  ...cfg,
  ...scr,
  ...err,
  ...res,
  ...obs,
  ...sec,
  ...sup,
  ...dat,
  ...api,
  ...prf,
  ...dep,
  ...ops,
  ...qlt,
  ...cmp,
]

/** The catalogue by id. */
export const CONTROLS: ReadonlyMap<string, Control> = new Map(CATALOGUE.map((control) => [control.id, control]))
