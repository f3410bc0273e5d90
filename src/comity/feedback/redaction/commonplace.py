"""Words that name nobody: a mailbox called so is found by its address, never by its name alone.

Answers:    ``COMMONPLACE`` and of it ``ROLES``, which are no given names, ``FILE_ENDINGS``,
            ``distinctive(local)``: data shared by redactor and checker, because both must
            agree on what a leak is; nothing else is shared between them.
Limits:     a name is distinctive from six letters or digits on, from five where digits and letters mix; shorter ones
            occur by accident in every identifier. English role names, given names and words of the mail formats.
"""

import re
from typing import Final

_ROLES: Final = """
 abuse account accounts admin administrator advertising alert alerts all billing booking business career careers
 center centre client clients club company compliance contact contacts contactus customer customers
 customerservice daemon delivery desk director domain domains download editor editorial education email emails
 employment enquiries enquiry events everyone export family feedback finance friend friends general group groups
 guest hello help helpdesk home hostmaster human import info information inquiries inquiry internet investor
 invoice jobs learn legal library list lists local login mail mailbox mailer mailerdaemon mailman mailing
 management manager market marketing master media member members membership message messages moderator name
 network networks news newsletter newsletters nobody noreply notice notification notifications notify office
 offers online operations operator orders partner partners password payment payments people personal phone
 postmaster press privacy private product products project promo promotion promotions public purchase receipt
 reception recipient recruiting recruitment register registrar registration reply report reports request
 research reservations response return returns root sales school search secretary security sender server
 service services shop shopping site software spam staff store student students subscribe subscriber subscribers
 subscription support survey system systems team technical technology test testing tester training travel trouble
 undisclosed unknown unsubscribe update updates user username users vendor visitor webmaster website welcome
 wholesale work world

 alternative amavis application apple attachment auditor authentication base64 boundary bounce bounces bulk
 campaign certificate charset chinese cipher client comment comments content control cookie cyrus date default
 delivered description digest disposition dkim domainkeys encoding english entity envelope error esmtp esmtpa
 esmtps exchange exim external filter format forward forwarded gb2312 gb18030 google header headers helo html
 http https hotmail identity image index inline internal iphone iso8859 java javascript level local localhost
 mailfrom mapi marked message microsoft mime mixed mozilla multipart neutral normal originating original outlook
 part permanent phpmailer plain policy postfix precedence priority printable python qmail quoted quotedprintable
 received reference references related relaxed relay result results return sendmail sender server signature
 signed simple smtp source status strict string structure subject telnet temperror text thunderbird timezone
 transfer transport typical version virus webmail windows with yahoo google gmail qqmail
"""
_GIVEN: Final = """
 aaron adam alan albert alex alexander alice amanda amy andrea andrew angela anna anne anthony antonio arthur
 austin barbara benjamin betty brandon brenda brian bruce bryan carol caroline catherine charles charlotte
 cheryl chris christian christina christine christopher cynthia daniel danny david deborah debra dennis diana
 diane donald donna dorothy douglas edward elizabeth emily emma eric ethan eugene evelyn frances francis frank
 gabriel gary george gerald gloria grace gregory hannah harold harry heather helen henry isabella jacob jacqueline
 james janet janice jason jean jeffrey jennifer jeremy jerry jessica joan joe john johnny jonathan jordan jose
 joseph joshua joyce juan judith judy julia julie justin karen katherine kathleen keith kelly kenneth kevin
 kimberly kyle larry laura lauren lawrence linda lisa logan louis madison margaret maria marie marilyn mark martha
 martin mary matthew megan melissa michael michelle mike mildred nancy natalie nathan nicholas nicole noah olivia
 oscar pamela patricia patrick paul peter philip rachel ralph randy raymond rebecca richard robert roger ronald
 rose russell ruth ryan samantha samuel sandra sara sarah scott sean sharon shirley sophia stella stephanie stephen
 steve steven susan teresa terry theresa thomas timothy tyler victoria vincent virginia walter wayne william
"""
_ENDINGS: Final = """
 asp aspx avi bat bmp cgi css csv dat doc docx exe gif htm html ico jpeg jpg js json jsp log mp3 mp4 pdf php pif png ppt
 pptx rar rtf scr svg tar txt webp wml xls xlsx xml zip
"""
ROLES: Final = frozenset(_ROLES.split())
COMMONPLACE: Final = ROLES | frozenset(_GIVEN.split())
FILE_ENDINGS: Final = frozenset(_ENDINGS.split())  # "ann.jpg" is a file of hers, "ann.example" a domain
_SIGNS: Final = re.compile(r"[^a-z0-9]+")


def distinctive(local: str) -> bool:
    """True where this local-part (lower case) points at a person even without its domain.

    >>> distinctive("j.smith"), distinctive("info"), distinctive("michael"), distinctive("bob77"), distinctive("\u5f20\u4e09\u4e30")
    (True, False, False, True, True)
    """
    bare = _SIGNS.sub("", local)
    if not local.isascii() and sum(not each.isascii() and each.isalnum() for each in local) >= 2:
        return True
    if bare in COMMONPLACE or (bare.rstrip("0123456789") in COMMONPLACE and len(bare) < 7):
        return False
    return len(bare) >= 6 or (len(bare) == 5 and not bare.isalpha() and not bare.isdigit())
