/// <reference lib="dom" />
/** The panel of the demonstration that is shown: where it is, what happens, what comes next. */
import { html } from 'htm/preact'
import { useLayoutEffect, useRef } from 'preact/hooks'
import type { Demo, Fact, Scene } from './stage.js'

interface PanelProps {
  readonly demo: Demo
  /** Being stopped: the cluster is brought back to what it was. */
  readonly isEnding: boolean
  readonly stop: () => void
}

export function Panel({ demo, isEnding, stop }: PanelProps) {
  const heading = useRef<HTMLHeadingElement>(null)
  const { at, steps } = demo
  useLayoutEffect(() => {
    heading.current?.focus()
  }, [at])
  const scene = demo.scene()
  const busy = isEnding ? 'The cluster is brought back to what it was …' : demo.busy
  return html`<section class="card full demo" aria-labelledby="demo-title">
    <h2 id="demo-title">${demo.title}</h2>
    <ol class="steps">
      ${steps.map(
        (step, i) =>
          html`<li
            key=${step}
            class=${i < at ? 'done' : ''}
            aria-current=${i === at ? 'step' : undefined}
          >
            <span>${step}</span>
          </li>`,
      )}
    </ol>
    <h3 ref=${heading} tabindex="-1">${scene.title}</h3>
    <div class="told">${scene.sentences.map((sentence) => html`<p>${sentence}</p>`)}</div>
    <${Found} scene=${scene} title=${scene.title} />
    <p role="status" class="busy">${busy ?? ''}</p>
    <div role="alert">
      ${
        demo.problem === null
          ? null
          : html`<p class="notice bad"><b>This step did not work.</b> ${demo.problem}</p>`
      }
    </div>
    <${Buttons} demo=${demo} isBusy=${busy !== null} isEnding=${isEnding} stop=${stop} />
  </section>`
}

function Found({ scene, title }: { readonly scene: Scene; readonly title: string }) {
  const { facts, table, verdict } = scene
  return html`${
    facts.length === 0
      ? null
      : html`<dl class="facts">
          ${facts.map(
            ({ name, value, tone }: Fact) =>
              html`<div key=${name}>
                <dt>${name}</dt>
                <dd class=${tone ?? ''}>${value}</dd>
              </div>`,
          )}
        </dl>`
  }
  ${
    table === null
      ? null
      : html`<div class="scroll" tabindex="0" role="group" aria-label=${`Seen: ${title}`}>
          <table>
            <thead>
              <tr>
                ${table.head.map((name) => html`<th scope="col">${name}</th>`)}
              </tr>
            </thead>
            <tbody>
              ${table.rows.map(
                ([name, ...cells]) =>
                  html`<tr>
                    <th scope="row">${name}</th>
                    ${cells.map((cell) => html`<td><code>${cell}</code></td>`)}
                  </tr>`,
              )}
            </tbody>
          </table>
        </div>`
  }
  ${
    verdict === null
      ? null
      : html`<p class=${`notice verdict ${verdict.isGood ? 'good' : 'bad'}`}>
          <b>${verdict.isGood ? 'Checked.' : 'Not as promised.'}</b> ${verdict.text}
        </p>`
  }`
}

interface ButtonsProps {
  readonly demo: Demo
  readonly isBusy: boolean
  readonly isEnding: boolean
  readonly stop: () => void
}

function Buttons({ demo, isBusy, isEnding, stop }: ButtonsProps) {
  const next = demo.nextLabel()
  const back = demo.backLabel()
  const isLast = next === null
  return html`<div class="row">
    ${
      back === null
        ? null
        : html`<button type="button" disabled=${isBusy} onClick=${() => demo.back()}>
            ${back}
          </button>`
    }
    ${
      demo.problem !== null
        ? html`<button type="button" class="main" disabled=${isBusy} onClick=${() => demo.again()}>
            Try again
          </button>`
        : isLast
          ? null
          : html`<button type="button" class="main" disabled=${isBusy} onClick=${() => demo.next()}>
              ${next}
            </button>`
    }
    <button type="button" class="last" disabled=${isEnding} onClick=${stop}>
      ${isLast && demo.problem === null ? 'Finish' : 'Stop'}
    </button>
  </div>`
}
