"""Stories written for these tests, whose sections the starter model is sure of, or is not."""

TERROR = "Gunmen of Abu Sayyaf free two hostages on Jolo"
TERROR_BODY = """<!-- wp:paragraph -->
<p>Philippine marines took back a village on Jolo after Abu Sayyaf militants had held two hostages there for a month.
The extremists planted a bomb on the road; counterterrorism police arrested three insurgents and a recruiter, and found
explosives.</p>
<!-- /wp:paragraph -->
<!-- wp:paragraph -->
<p>The terrorist group, loyal to the Islamic State, has kidnapped fishermen for ransom. Radicalisation in prisons is
what officers in Zamboanga fear most, said the army's counterterrorism chief in Manila.</p>
<!-- /wp:paragraph -->
<!-- wp:paragraph -->
<p>The militants had asked for money, then for the release of a bomb maker who is held in Manila. Neither was granted.
Soldiers found the hut on Sunday morning by the smoke of a cooking fire. Two gunmen died and one extremist was wounded;
the hostages, both teachers, walked down to the road behind the marines. Abu Sayyaf has lost most of its leaders since
the siege of Marawi, yet it still recruits on the island, and its bombs have killed eleven people this year.</p>
<!-- /wp:paragraph -->"""
PARK = "Orchestra retires its conductor"
PARK_BODY = "<p>The orchestra gave three concerts in the park, and bakers sold plum cake beside the rose garden.</p>"
COMMONS = "Cable ships mend undersea cables cut in the high seas"
COMMONS_BODY = """<p>Repair ships spliced two undersea cables on the high seas, where no state rules and every bank
relies on the data that passes. Operators of the sea lanes, of satellites in outer space and of
undersea cables asked the United Nations for one rule for the global commons: cyberspace, the
polar regions, outer space and the high seas. Debris in orbit threatens satellites; peacekeeping
at sea is rare.</p>"""
