import type { InstanceView } from '../../core/view/instance-view.js';
import { inWords } from '../../core/view/duration-words.js';
import { explainInstance, type Next } from '../../core/view/explain-instance.js';
import { columns, paint, plain, type CliIo, type Colour } from '../io.js';

/** One line of an instance: badge, name, model, why, and what is next. */
export function instanceRow(view: InstanceView, io: CliIo): string[] {
  const { why, next, group } = explainInstance(view);
  const colour: Colour = view.paused ? 'red' : view.tier.index === 0 ? 'green' : 'yellow';
  const model = `${view.tier.provider}/${view.tier.model}`;
  const told = next ? nextWords(next, io.now()) : '';
  return [
    paint(io, colour, `${view.badge}${view.icon ? ` ${view.icon}` : ''}`),
    plain(view.name, 60),
    paint(io, 'grey', plain(model, 60)),
    plain(group === null ? '' : why, 120),
    paint(io, 'grey', told),
  ];
}

export function showInstances(views: readonly InstanceView[], io: CliIo): void {
  if (views.length === 0) io.out('No instance is stored yet.\n');
  for (const line of columns(views.map((view) => instanceRow(view, io)))) io.out(`${line}\n`);
}

/** `Tier 1 is tried again in 4 min`, or `Hold ends at 08:00, in 5 h 5 min`. */
export function nextWords({ text, at, style }: Next, now: number): string {
  if (at === undefined) return text;
  return style === 'at' ? `${text} at ${clockTime(at, now)}, ${inWords(at - now)}` : `${text} ${inWords(at - now)}`;
}

/** `02:41:09`, with the day where it is not today, in the zone of this process. */
export function clockTime(at: number, now: number): string {
  const time = new Date(at);
  const day = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
  const clock = `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
  return new Date(now).toDateString() === time.toDateString() ? clock : `${day} ${clock}`;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
