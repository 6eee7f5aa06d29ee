import type { Control } from '@greengate/contracts'
import { control as cfg01 } from './cfg-01/control.ts'
import { control as cfg02 } from './cfg-02/control.ts'
import { control as cfg03 } from './cfg-03/control.ts'
import { control as cfg04 } from './cfg-04/control.ts'
import { control as cfg05 } from './cfg-05/control.ts'
import { control as cfg06 } from './cfg-06/control.ts'
import { control as cfg07 } from './cfg-07/control.ts'
import { control as cfg08 } from './cfg-08/control.ts'
import { control as cfg09 } from './cfg-09/control.ts'
import { control as cfg10 } from './cfg-10/control.ts'
import { control as cfg11 } from './cfg-11/control.ts'
import { control as cfg12 } from './cfg-12/control.ts'
import { control as cfg13 } from './cfg-13/control.ts'
import { control as cfg14 } from './cfg-14/control.ts'
import { control as cfg15 } from './cfg-15/control.ts'
import { control as cfg16 } from './cfg-16/control.ts'

/** Every control of the family, in the order of its number. */
export const cfg: readonly Control[] = [
  cfg01,
  cfg02,
  cfg03,
  cfg04,
  cfg05,
  cfg06,
  cfg07,
  cfg08,
  cfg09,
  cfg10,
  cfg11,
  cfg12,
  cfg13,
  cfg14,
  cfg15,
  cfg16,
]
