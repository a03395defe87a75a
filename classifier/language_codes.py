"""Language codes as systems really write them, and whether two of them mean the same language.

`language_code` is used by every door that takes a language. The table is that of the package langcodes, which knows the
registry of IANA and the replacements of Unicode; a test compares the two. The package itself takes 9 MB of memory.
"""

import re
from collections.abc import Iterable
from functools import lru_cache

from classifier.errors import shown

#: Codes that give no language: unknown, no linguistic content, the root of locales, any language of a web page.
_NOT_GIVEN = frozenset({"", "und", "zxx", "root", "x-default"})
#: Norwegian has a code for each of its two written standards. Systems mix them with the code for both. The Chinese
#: languages share a written form in the press: detectors call the same text ``zh``, ``wuu`` or ``yue``.
_WRITTEN_AS = {"nb": "no", "nn": "no"} | dict.fromkeys(
    ("cdo", "cjy", "cnp", "cpx", "csp", "czh", "czo", "gan", "hak", "hsn", "lzh", "mnp", "nan", "wuu", "yue"), "zh"
)
#: The value of the setting ``languages`` that stands for every language that articles are in.
ALL_LANGUAGES = "all"
_FIX = "Fix: write a BCP 47 code such as en or pt-BR, or leave the language out"
_TWO_LETTERS = frozenset(
    """\
aa,ab,ae,af,ak,am,an,ar,as,av,ay,az,ba,be,bg,bh,bi,bm,bn,bo,br,bs,ca,ce,ch,co,cr,cs,cu,cv,cy,da,de,dv,dz,ee,el,en,
eo,es,et,eu,fa,ff,fi,fj,fo,fr,fy,ga,gd,gl,gn,gu,gv,ha,he,hi,ho,hr,ht,hu,hy,hz,ia,id,ie,ig,ii,ik,in,io,is,it,iu,iw,
ja,ji,jv,jw,ka,kg,ki,kj,kk,kl,km,kn,ko,kr,ks,ku,kv,kw,ky,la,lb,lg,li,ln,lo,lt,lu,lv,mg,mh,mi,mk,ml,mn,mo,mr,ms,mt,
my,na,nb,nd,ne,ng,nl,nn,no,nr,nv,ny,oc,oj,om,or,os,pa,pi,pl,ps,pt,qu,rm,rn,ro,ru,rw,sa,sc,sd,se,sg,sh,si,sk,sl,sm,
sn,so,sq,sr,ss,st,su,sv,sw,ta,te,tg,th,ti,tk,tl,tn,to,tr,ts,tt,tw,ty,ug,uk,ur,uz,ve,vi,vo,wa,wo,xh,yi,yo,za,zh,zu""".replace(
        "\n", ""
    ).split(",")
)
#: Old, three-letter and single codes -> the present code of the language, or of the macrolanguage that it belongs to.
_PRESENT = dict(
    pair.split(":")
    for pair in """\
aam:aas,aar:aa,abk:ab,adp:dz,afr:af,agp:apf,ais:ami,aju:jrb,aka:ak,alb:sq,als:sq,amh:am,ara:ar,arb:ar,arg:an,arm:hy,
asd:snz,asm:as,aue:ktz,ava:av,ave:ae,aym:ay,ayr:ay,ayx:nun,aze:az,azj:az,bak:ba,bam:bm,baq:eu,baz:nvo,bcc:bal,
bcl:bik,bel:be,ben:bn,bgm:bcg,bh:bho,bhk:fbl,bic:bir,bih:bho,bis:bi,bjd:drl,bjq:bzc,bkb:ebk,blg:iba,bod:bo,bos:bs,
bre:br,btb:beb,bul:bg,bur:my,bxk:luy,bxr:bua,cat:ca,ccq:rki,ces:cs,cha:ch,che:ce,chi:zh,chu:cu,chv:cv,cjr:mom,
cka:cmr,cld:syr,cmk:xch,cmn:zh,cnr:sr,cor:kw,cos:co,coy:pij,cqu:quh,cre:cr,cwd:cr,cym:cy,cze:cs,daf:dnj,dan:da,
dap:njz,deu:de,dgo:doi,dhd:mwr,dik:din,diq:zza,dit:dif,div:dv,djl:dze,dkl:aqd,drh:mn,drr:kzk,drw:fa,dud:uth,duj:dwu,
dut:nl,dwl:dbt,dzo:dz,ekk:et,ell:el,elp:amq,emk:man,eng:en,epo:eo,esk:ik,est:et,eus:eu,ewe:ee,fao:fo,fas:fa,fat:ak,
fij:fj,fin:fi,fra:fr,fre:fr,fry:fy,fuc:ff,ful:ff,gav:dev,gaz:om,gbc:wny,gbo:grb,geo:ka,ger:de,gfx:vaj,ggn:gvr,
ggo:esg,ggr:gtu,gio:aou,gla:gd,gle:ga,glg:gl,gli:kzk,glv:gv,gno:gon,gre:el,grn:gn,gti:nyc,gug:gn,guj:gu,guv:duz,
gya:gba,hat:ht,hau:ha,hbs:sr,hdn:hai,hea:hmn,heb:he,her:hz,him:srx,hin:hi,hmo:ho,hrr:jal,hrv:hr,hun:hu,hye:hy,
ibi:opa,ibo:ig,ice:is,ido:io,iii:ii,ike:iu,iku:iu,ile:ie,ill:ilm,ilw:gal,in:id,ina:ia,ind:id,ipk:ik,isl:is,ita:it,
iw:he,izi:eza,jar:jgk,jav:jv,jeg:oyb,ji:yi,jpn:ja,jw:jv,kal:kl,kan:kn,kas:ks,kat:ka,kau:kr,kaz:kk,kdv:zkd,kgc:tdf,
kgd:ncq,kgh:kml,khk:mn,khm:km,kik:ki,kin:rw,kir:ky,kmr:ku,knc:kr,kng:kg,knn:kok,koj:kwv,kom:kv,kon:kg,kor:ko,
kpp:jkm,kpv:kv,krm:bmf,ktr:dtp,kua:kj,kur:ku,kvs:gdj,kwq:yam,kxe:tvd,kxl:kru,kzh:dgl,kzj:dtp,kzt:dtp,lao:lo,lat:la,
lav:lv,lbk:bnc,leg:enl,lii:raq,lim:li,lin:ln,lit:lt,llo:ngt,lmm:rmx,ltz:lb,lub:lu,lug:lg,lvs:lv,mac:mk,mah:mh,
mal:ml,mao:mi,mar:mr,may:ms,meg:cir,mgx:jbk,mhr:chm,mkd:mk,mlg:mg,mlt:mt,mnk:man,mnt:wnn,mo:ro,mof:xnt,mol:ro,
mon:mn,mri:mi,msa:ms,mst:mry,mup:raj,mwd:dmw,mwj:vaj,mya:my,myd:aog,myt:mry,nad:xny,nau:na,nav:nv,nbf:nru,nbl:nr,
nbx:ekc,ncp:kdz,nde:nd,ndo:ng,nep:ne,nld:nl,nln:azd,nlr:nrk,nno:nn,nns:nbr,nnx:ngv,nob:nb,noo:dtd,nor:no,npi:ne,
nts:pij,nxu:bpp,nya:ny,oci:oc,ojg:oj,oji:oj,ori:or,orm:om,ory:or,oss:os,oun:vaj,pan:pa,pat:kxr,pbu:ps,pcr:adx,
per:fa,pes:fa,pli:pi,plt:mg,pmc:huw,pmu:phr,pnb:lah,pol:pl,por:pt,ppa:bfy,ppr:lcq,prs:fa,pry:prt,pus:ps,puz:pub,
rmr:emx,rmy:rom,roh:rm,ron:ro,rum:ro,run:rn,rus:ru,sag:sg,san:sa,sap:aqt,sca:hle,scc:sr,scr:hr,sgl:isk,sh:sr,sin:si,
skk:oyb,slk:sk,slo:sk,slv:sl,sme:se,smo:sm,sna:sn,snd:sd,som:so,sot:st,spa:es,spy:kln,sqi:sq,src:sc,srd:sc,srp:sr,
ssw:ss,sul:sgd,sum:ulw,sun:su,swa:sw,swc:sw,swe:sv,swh:sw,tah:ty,tam:ta,tat:tt,tdu:dtp,tel:te,tgg:bjp,tgk:tg,
tgl:fil,tha:th,thc:tpo,thw:ola,thx:oyb,tib:bo,tid:itd,tie:ras,tir:ti,tkk:twm,tl:fil,tlw:weo,tmp:tyj,tne:kak,tnf:fa,
ton:to,tsf:taj,tsn:tn,tso:ts,ttq:tmh,tuk:tk,tur:tr,tw:ak,twi:ak,uig:ug,ukr:uk,umu:del,unp:wro,uok:ema,urd:ur,uzb:uz,
uzn:uz,ven:ve,vie:vi,vol:vo,wel:cy,wgw:wgb,wit:nol,wiw:nwo,wln:wa,wol:wo,xba:cax,xho:xh,xia:acn,xkh:waw,xpe:kpe,
xrq:dmw,xsj:suj,xsl:den,ybd:rki,ydd:yi,yen:ynq,yid:yi,yiy:yrm,yma:lrr,ymt:mtm,yor:yo,yos:zom,yuu:yug,zai:zap,zha:za,
zho:zh,zir:scv,zsm:ms,zul:zu,zyb:za""".replace("\n", "").split(",")
)


@lru_cache(maxsize=1024)
def language_code(text: str) -> str | None:
    """Return the code of the language in a tag or locale, without script, region and encoding.

    Two codes mean the same language if they are equal. Old and three-letter codes give the present short code
    (``iw`` and ``heb`` give ``he``, ``deu`` and ``ger`` give ``de``), a language that has a macrolanguage gives that
    (``cmn`` gives ``zh``), ``nb`` and ``nn`` give ``no``, ``tl`` gives ``fil``. Every Chinese language gives ``zh``.

    Parameters
    ----------
    text : str
        A BCP 47 tag (``zh-Hant-TW``) or a locale (``en_US.UTF-8``, ``de_DE_formal``), in any case.

    Returns
    -------
    str or None
        None if no language is given: blank text, ``und``, ``zxx``, ``root``, ``x-default``.

    Raises
    ------
    ValueError
        If the text does not begin with the code of a language. The message names it.
    """
    tag = re.split(r"[.@]", text.strip(), maxsplit=1)[0].replace("_", "-").lower()
    code = tag.partition("-")[0]
    if tag in _NOT_GIVEN or (code and code in _NOT_GIVEN):
        return None
    if not (code in _TWO_LETTERS or re.fullmatch(r"[a-z]{3}", code)):
        raise ValueError(f"{shown(text)} is not a language code. {_FIX}")
    code = _PRESENT.get(code, code)
    return _WRITTEN_AS.get(code, code)


def matches(one: str, other: str) -> bool:
    """Return whether two tags or locales mean the same language.

    Raises
    ------
    ValueError
        As `language_code`, for either of them.
    """
    return language_code(one) == language_code(other)


def words_on_unknown(language: str, trained: Iterable[str]) -> str:
    """Return what is wrong with an article in a language that a model was not trained on, and the fix."""
    return (
        f"the article is in {shown(language)}, but the model was trained on {', '.join(map(shown, trained))}. "
        "Fix: use a model of that language, or leave the language out if it is wrong"
    )


def read_languages(text: str) -> tuple[str, ...]:
    """Return the languages that one model is asked to learn: ``("all",)``, or codes without repetition, or none.

    Parameters
    ----------
    text : str
        ``all``, or codes with commas between them, such as ``en,hi,th``. Blank for one language.

    Raises
    ------
    ValueError
        If a part is not the code of a language. The message names it.
    """
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if [part.lower() for part in parts] == [ALL_LANGUAGES]:
        return (ALL_LANGUAGES,)
    codes = dict.fromkeys(_code_in_list(part) for part in parts)
    return tuple(codes)


def _code_in_list(part: str) -> str:
    try:
        code = language_code(part)
    except ValueError:
        code = None
    if code is None or part.lower() == ALL_LANGUAGES:  # which is also the code of a language in India
        raise ValueError(f"must be “all”, or codes of languages such as en,hi,th; {shown(part)} is not a code")
    return code
