import type { Control } from '@greengate/contracts'
import { control as scr01 } from './scr-01/control.ts'
import { control as scr02 } from './scr-02/control.ts'
import { control as scr03 } from './scr-03/control.ts'
import { control as scr04 } from './scr-04/control.ts'
import { control as scr05 } from './scr-05/control.ts'
import { control as scr06 } from './scr-06/control.ts'
import { control as scr07 } from './scr-07/control.ts'
import { control as scr08 } from './scr-08/control.ts'
import { control as scr09 } from './scr-09/control.ts'
import { control as scr10 } from './scr-10/control.ts'
import { control as scr11 } from './scr-11/control.ts'
import { control as scr12 } from './scr-12/control.ts'

/** Every control of the family, in the order of its number. */
export const scr: readonly Control[] = [
  scr01,
  scr02,
  scr03,
  scr04,
  scr05,
  scr06,
  scr07,
  scr08,
  scr09,
  scr10,
  scr11,
  scr12,
]
