// The pages of a centre that nobody has sent anything to: each says what is missing and what to do.
import assert from 'node:assert/strict';

export const cases = {
  'every page says that there is nothing yet, and what to do': (visitor) => visitor.look({}, async (page) => {
    for (const [hash, texts] of [
      ['#/', [/No data yet: no node has sent a frame\. Start bellrock-agent with central: http/, /○ No data/]],
      ['#/slo/checkout/success', [/No node has sent a frame yet\. Start bellrock-agent/, /No data yet: no attempt in the period/, /No data yet: no attempt in any window/, /No data yet: no attempt counted for this objective/, /Nothing happened in this range\. Mark a change: bellrock change mark/]],
      ['#/slo/search/fast', [/No data yet: no latency was measured/]],
      ['#/journeys', [/No data yet: no attempt ended in the last 24 h\. A longer range may have some/]],
      ['#/pages', [/No click was counted in this time\. A Site lists the pages under clicks/, /No page view was looked at in this time\. A Site asks for it with frustration/, /No page has web vitals in this time/]],
      ['#/feedback', [/No data yet: no attempt ended in this time, and nobody answered/]],
      ['#/incidents', [/No incident yet\. One begins when/, /No change is marked yet\. From a pipeline: bellrock change mark/]],
      ['#/fleet', [/No data yet: no node has sent a frame/, /so nothing is known/]],
      ['#/nowhere', [/There is nothing here.*All objectives/]],
    ]) {
      await visitor.go(page, hash);
      const said = await page.locator('main').textContent();
      for (const text of texts) assert.match(said, text, hash);
      assert.equal(await page.locator('.health').textContent(), 'No node has reported yet');
    }
  }),

  'what does not exist is named as the API names it': (visitor) => visitor.look({expected: /status of 404/}, async (page) => {
    await visitor.go(page, '#/slo/checkout/none');
    assert.match(await page.locator('main [role=alert]').first().textContent(), /cannot be shown: this centre's configuration has no such objective/);
    await visitor.go(page, '#/incidents/7');
    assert.match(await page.locator('main [role=alert]').textContent(), /there is no incident of this number/);
  }),
};
