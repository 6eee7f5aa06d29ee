import type { Control } from '@greengate/contracts'
import { control as dep01 } from './dep-01/control.ts'
import { control as dep02 } from './dep-02/control.ts'
import { control as dep03 } from './dep-03/control.ts'
import { control as dep04 } from './dep-04/control.ts'
import { control as dep05 } from './dep-05/control.ts'
import { control as dep06 } from './dep-06/control.ts'
import { control as dep07 } from './dep-07/control.ts'
import { control as dep08 } from './dep-08/control.ts'
import { control as dep09 } from './dep-09/control.ts'
import { control as dep10 } from './dep-10/control.ts'
import { control as dep11 } from './dep-11/control.ts'
import { control as dep12 } from './dep-12/control.ts'
import { control as dep13 } from './dep-13/control.ts'
import { control as dep14 } from './dep-14/control.ts'
import { control as dep15 } from './dep-15/control.ts'
import { control as dep16 } from './dep-16/control.ts'
import { control as dep17 } from './dep-17/control.ts'
import { control as dep18 } from './dep-18/control.ts'

/** Every control of the family, in the order of its number. */
export const dep: readonly Control[] = [
  dep01,
  dep02,
  dep03,
  dep04,
  dep05,
  dep06,
  dep07,
  dep08,
  dep09,
  dep10,
  dep11,
  dep12,
  dep13,
  dep14,
  dep15,
  dep16,
  dep17,
  dep18,
]
