import type { Control } from '@greengate/contracts'
import { control as sec01 } from './sec-01/control.ts'
import { control as sec02 } from './sec-02/control.ts'
import { control as sec03 } from './sec-03/control.ts'
import { control as sec04 } from './sec-04/control.ts'
import { control as sec05 } from './sec-05/control.ts'
import { control as sec06 } from './sec-06/control.ts'
import { control as sec07 } from './sec-07/control.ts'
import { control as sec08 } from './sec-08/control.ts'
import { control as sec09 } from './sec-09/control.ts'
import { control as sec10 } from './sec-10/control.ts'
import { control as sec11 } from './sec-11/control.ts'
import { control as sec12 } from './sec-12/control.ts'
import { control as sec13 } from './sec-13/control.ts'
import { control as sec14 } from './sec-14/control.ts'
import { control as sec15 } from './sec-15/control.ts'
import { control as sec16 } from './sec-16/control.ts'
import { control as sec17 } from './sec-17/control.ts'
import { control as sec18 } from './sec-18/control.ts'
import { control as sec19 } from './sec-19/control.ts'
import { control as sec20 } from './sec-20/control.ts'
import { control as sec21 } from './sec-21/control.ts'
import { control as sec22 } from './sec-22/control.ts'
import { control as sec23 } from './sec-23/control.ts'
import { control as sec24 } from './sec-24/control.ts'
import { control as sec25 } from './sec-25/control.ts'
import { control as sec26 } from './sec-26/control.ts'
import { control as sec27 } from './sec-27/control.ts'
import { control as sec28 } from './sec-28/control.ts'
import { control as sec29 } from './sec-29/control.ts'
import { control as sec30 } from './sec-30/control.ts'
import { control as sec31 } from './sec-31/control.ts'
import { control as sec32 } from './sec-32/control.ts'
import { control as sec33 } from './sec-33/control.ts'
import { control as sec34 } from './sec-34/control.ts'
import { control as sec35 } from './sec-35/control.ts'
import { control as sec36 } from './sec-36/control.ts'
import { control as sec37 } from './sec-37/control.ts'
import { control as sec38 } from './sec-38/control.ts'

/** Every control of the family, in the order of its number. */
export const sec: readonly Control[] = [
  sec01,
  sec02,
  sec03,
  sec04,
  sec05,
  sec06,
  sec07,
  sec08,
  sec09,
  sec10,
  sec11,
  sec12,
  sec13,
  sec14,
  sec15,
  sec16,
  sec17,
  sec18,
  sec19,
  sec20,
  sec21,
  sec22,
  sec23,
  sec24,
  sec25,
  sec26,
  sec27,
  sec28,
  sec29,
  sec30,
  sec31,
  sec32,
  sec33,
  sec34,
  sec35,
  sec36,
  sec37,
  sec38,
]
