mod conf/fpmsentinel.ini
