import type { Control } from '@greengate/contracts'
import { control as api01 } from './api-01/control.ts'
import { control as api02 } from './api-02/control.ts'
import { control as api03 } from './api-03/control.ts'
import { control as api04 } from './api-04/control.ts'
import { control as api05 } from './api-05/control.ts'
import { control as api06 } from './api-06/control.ts'

/** Every control of the family, in the order of its number. */
export const api: readonly Control[] = [api01, api02, api03, api04, api05, api06]
