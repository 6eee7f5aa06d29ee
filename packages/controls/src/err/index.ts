import type { Control } from '@greengate/contracts'
import { control as err01 } from './err-01/control.ts'
import { control as err02 } from './err-02/control.ts'
import { control as err03 } from './err-03/control.ts'
import { control as err04 } from './err-04/control.ts'
import { control as err05 } from './err-05/control.ts'
import { control as err06 } from './err-06/control.ts'
import { control as err07 } from './err-07/control.ts'
import { control as err08 } from './err-08/control.ts'
import { control as err09 } from './err-09/control.ts'
import { control as err10 } from './err-10/control.ts'
import { control as err11 } from './err-11/control.ts'
import { control as err12 } from './err-12/control.ts'
import { control as err13 } from './err-13/control.ts'

/** Every control of the family, in the order of its number. */
export const err: readonly Control[] = [
  err01,
  err02,
  err03,
  err04,
  err05,
  err06,
  err07,
  err08,
  err09,
  err10,
  err11,
  err12,
  err13,
]
